"""What administrators are told about the exchange."""

from __future__ import annotations

from yishi.foundation.messages.texts import Text

TEXTS = {
    "exchange.paused": Text(
        "向合作平台的推送已暂停",
        "向“{partner}”推送连续失败，已暂停（{reason}）。消息仍在排队，恢复后按顺序补发。",
        "Delivery to a partner was paused",
        "Deliveries to {partner} kept failing and were paused ({reason}). Messages stay queued and "
        "are sent in order once delivery is resumed.",
    ),
    "exchange.failed": Text(
        "一条推送未被合作平台接受",
        "“{partner}”多次拒绝案卷 {number} 的消息（{reason}），该案卷的后续消息在等它。",
        "A partner did not accept a message",
        "{partner} kept refusing a message about case {number} ({reason}); later messages about "
        "this case wait for it.",
    ),
}
