from tests.sync.orders.conftest import desk

__all__ = ["desk"]
