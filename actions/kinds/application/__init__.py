"""The kind `application`: who may apply, the form, the fee; submitted on a yes, paid, followed.

Submitting is a command under a key that follows from the conversation and the frame: a repeated turn finds the first
result.
"""

from actions.kinds.application.handler import ApplicationHandler, open_application

__all__ = ["ApplicationHandler", "open_application"]
