"""Write the operator's manual, docs/settings.md: `python -m instandt_cdk.settings`."""

from instandt_cdk.settings import manual

if __name__ == "__main__":
    manual.FILE.parent.mkdir(exist_ok=True)
    manual.FILE.write_text(manual.manual(), encoding="utf-8")
