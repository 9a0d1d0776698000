"""What the operator is told before a restore, and after it."""

from datetime import UTC, datetime

from instandt_cdk.commands.confirmation import confirm
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.restore.instances import Instances
from instandt_cdk.commands.restore.media import Media
from instandt_cdk.commands.restore.target import Target
from instandt_cdk.progress import say


def ask(environment: Deployed, instances: Instances, target: Target, media: Media) -> None:
    """Say what will happen and how long it takes, and have the instance's name typed, or in CONFIRM.

    Raises:
        CommandError: It was not.
    """
    name, minutes = instances.name, environment.settings.application.longest_upload_minutes
    objects = media.changes(target.time) if media.bucket else "they are left as they are"
    ago = str(datetime.now(UTC) - target.time).partition(".")[0]
    say(
        f"This brings {environment.settings.environment} back to {target.time:%Y-%m-%d %H:%M:%S} UTC, "
        f"{ago} ago:\n"
        f"  1. RDS restores the database into {instances.spare}, with the same settings. The site goes on\n"
        "     meanwhile. This takes minutes for a small database, and hours for a large one.\n"
        "  2. The backend is stopped, and the site fails from here on. Uploads on their way end first,\n"
        f"     for up to {minutes} minutes.\n"
        "  3. The names are swapped, which takes about 10 minutes for each of the two.\n"
        f"  4. Media: {objects}.\n"
        f"  5. The migration of {environment.settings.app_version} runs, and the backend starts.\n"
        "What was stored since then can no longer be seen, but is kept: the former database under another\n"
        f"name, until you delete it, and media as old versions, for {media.kept_days} days."
    )
    confirm(name)


def done(environment: Deployed, instances: Instances, media: Media) -> str:
    """What is left, and the way back."""
    former = instances.formers()[-1]
    alone = "" if media.bucket else " MEDIA=leave"
    return (
        "Restored. The next deployment changes nothing.\n"
        f"The former database is {former}, and costs as much as before until you delete it:\n"
        f"  aws rds modify-db-instance --db-instance-identifier {former} --no-deletion-protection\n"
        f"  aws rds delete-db-instance --db-instance-identifier {former} "
        f"--final-db-snapshot-identifier {former}\n"
        "Until then, this brings back what was there before the restore:\n"
        f"  make restore ENV={environment.settings.environment} "
        f"TO={instances.retired():%Y-%m-%dT%H:%M:%SZ}{alone}"
    )
