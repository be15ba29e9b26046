"""python-telegram-bot's ConversationHandler, in memory: a kill loses every conversation."""

from bench.baseline import run

if __name__ == "__main__":
    run()
