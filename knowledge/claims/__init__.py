"""Does a sentence that a language model wrote stand in the passages? `checker` decides, by the rules beside it."""
