"""Discord: the bot, its commands, buttons and cards, over discord.py."""
