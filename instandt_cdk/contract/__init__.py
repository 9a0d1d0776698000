"""What the application needs on any platform: its containers, and how instaNDT's are made from the settings.

Nothing here knows of AWS, and nothing else names the containers' environment variables.
"""

from instandt_cdk.contract.container import Container, Image, Need, Secret, WebServer
from instandt_cdk.contract.instandt import Application, application

__all__ = ["Application", "Container", "Image", "Need", "Secret", "WebServer", "application"]
