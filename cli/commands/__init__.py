"""The commands, one file for each kind of thing; each exports COMMANDS by the name that is typed."""
