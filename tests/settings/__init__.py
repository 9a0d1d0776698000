"""Settings: what operators write is taken as meant, or refused with a sentence that helps."""
