"""The firm's client list: read, checked as a whole, then stored, all or nothing."""

from bot.importing.plan import Fault, ImportRefused, Plan, Row, plan_import
from bot.importing.store import ImportResult, store_import

__all__ = ["Fault", "ImportRefused", "ImportResult", "Plan", "Row", "plan_import", "store_import"]
