"""Shows the service at work: starts the sandbox and the service as programs, and uses both as a person would.

It imports neither: all it knows of them is their addresses.
"""
