"""Tests of the doctor, which checks whether an environment can be deployed."""
