"""Matrix: the bot, its rooms, its keys and its messages, over matrix-nio."""
