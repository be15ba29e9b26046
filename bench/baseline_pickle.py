"""python-telegram-bot's ConversationHandler with PicklePersistence: saved once a minute, and at an orderly end."""

import sys

from telegram.ext import PicklePersistence

from bench.baseline import run

if __name__ == "__main__":
    run(PicklePersistence(sys.argv[5]))
