"""ministack's SNS only logs that there would be an e-mail; here it is kept with those that SES has sent.

They are listed at /_ministack/ses/messages. Mended when test_a_topic_sends_e_mails passes without this file.
Reference: "Email notifications", Amazon SNS Developer Guide.
"""

from local.emulator import hooks

SENDER = "no-reply@sns.amazonaws.com"


def install() -> None:
    """Send an e-mail to each subscribed address."""
    sns, ses = hooks.service("sns"), hooks.service("ses")

    @hooks.around(sns, "_fanout")
    def fan_out(
        original: hooks.Original,
        topic_arn: str,
        message_id: str,
        message: str,
        subject: str,
        *more: hooks.Untyped,
        **named: hooks.Untyped,
    ) -> None:
        original(topic_arn, message_id, message, subject, *more, **named)
        for subscription in sns._topic_by_arn_any_scope(topic_arn)["subscriptions"]:
            if subscription["protocol"] == "email":
                ses.send_internal_email(
                    SENDER,
                    [subscription["endpoint"]],
                    subject or "AWS Notification Message",
                    body_text=message,
                )
