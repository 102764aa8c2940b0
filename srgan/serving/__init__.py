"""Serving models over HTTP: the app, the server, its page, and a client.

The client needs nothing beyond srgan itself; the server needs ``pip install 'srgan[serve]'`` and is loaded when used.
"""

from srgan.serving.answers import Served, ServerError
from srgan.serving.client import Client, Job
from srgan.serving.settings import Settings

__all__ = ["Client", "Job", "Served", "ServerError", "Settings"]
