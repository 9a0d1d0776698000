"""What a synth costs."""
