"""No rule pack and no linter finds anything that was not accepted, with its reason."""
