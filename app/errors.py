"""The root of every error that the service raises on purpose."""


class BridgeError(Exception):
    """A sentence that says what happened, to which id, and what the seller can do.

    Anything that is not a `BridgeError` is a bug and keeps its traceback.
    """
