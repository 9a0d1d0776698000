"""How things are kept and watched: keys, logs, alarms, and what becomes of data when its stack is deleted."""
