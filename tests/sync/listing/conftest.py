from tests.sync.listing.stand import stand

__all__ = ["stand"]
