"""What comes back by mail: answers of calendar programs (iTIP REPLY and COUNTER) and bounces."""
