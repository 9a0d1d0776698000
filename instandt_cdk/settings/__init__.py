"""The operator's settings: every option, its default and its rule.

One TOML file per environment, `environments/NAME.toml`, is read into these models. Each table of the file is
a class, in the module with the table's name, and each key is a field. docs/settings.md is generated from the
docstrings of classes and fields. The defaults are safe for production. Rules that AWS would enforce only
minutes into a deployment are enforced here.
"""

from instandt_cdk.settings.acme import AcmeSettings, ExternalAccountBinding
from instandt_cdk.settings.application import ApplicationSettings
from instandt_cdk.settings.aws import AwsSettings
from instandt_cdk.settings.cluster import ClusterSettings
from instandt_cdk.settings.database import DatabaseSettings
from instandt_cdk.settings.edge import EdgeSettings
from instandt_cdk.settings.environment import Settings
from instandt_cdk.settings.errors import SettingsError
from instandt_cdk.settings.existing_vpc import ExistingVpc
from instandt_cdk.settings.loading import load, load_chosen
from instandt_cdk.settings.network import NetworkSettings
from instandt_cdk.settings.operations import OperationsSettings
from instandt_cdk.settings.registry import RegistrySettings
from instandt_cdk.settings.section import Section
from instandt_cdk.settings.site import SiteSettings
from instandt_cdk.settings.storage import StorageSettings
from instandt_cdk.settings.tasks import (
    BackendSettings,
    FrontendSettings,
    MigrationSettings,
    ServiceSettings,
    TaskSettings,
)

__all__ = [
    "AcmeSettings",
    "ApplicationSettings",
    "AwsSettings",
    "BackendSettings",
    "ClusterSettings",
    "DatabaseSettings",
    "EdgeSettings",
    "ExistingVpc",
    "ExternalAccountBinding",
    "FrontendSettings",
    "MigrationSettings",
    "NetworkSettings",
    "OperationsSettings",
    "RegistrySettings",
    "Section",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "SiteSettings",
    "StorageSettings",
    "TaskSettings",
    "load",
    "load_chosen",
]
