"""What the scripts of every page on site say. ``{n}`` and the like are filled in by the script."""

from __future__ import annotations

from django.utils.translation import gettext


def common_texts() -> dict[str, str]:
    """All texts by the name under which the scripts ask for them."""
    return {**_state(), **_work(), **_place(), **_queue()}


def _state() -> dict[str, str]:
    return {
        "online": gettext("已联网，名单更新于{at}"),
        "offline": gettext("没有信号。名单是{at}取得的，填报会先存在本机。"),
        "never": gettext("没有信号，本机也没有名单。可以先上报新问题，联网后发送。"),
        "unreachable": gettext("服务器暂时没有应答。名单是{at}取得的，填报会先存在本机。"),
        "signIn": gettext("登录已过期：名单已从本机清除，没有送出的填报还在。"),
        "signInAgain": gettext("重新登录"),
        "ended": gettext("登录有效期已过：名单已从本机清除，联网后请重新登录。填报还在。"),
        "others": gettext("本机还有其他账号没有送出的填报{n}条，用原账号登录后发送。"),
        "noStore": gettext("这个浏览器不能在本机保存数据，只能联网使用。请用普通表单。"),
        "failed": gettext("没有存上：{why}。填写的内容还在页面上。"),
    }


def _work() -> dict[str, str]:
    return {
        "none": gettext("没有待办的现场工作"),
        "more": gettext("这里只列出最紧急的{n}件，其余请在“我的工作”中办理。"),
        "noLimit": gettext("不计时"),
        "late": gettext("逾期{time}"),
        "left": gettext("剩{time}"),
        "dueAt": gettext("截止{at}"),
        "days": gettext("{n}天"),
        "hours": gettext("{n}小时"),
        "minutes": gettext("{n}分钟"),
        "metres": gettext("{n}米"),
        "kilometres": gettext("{n}公里"),
        "waitingHere": gettext("本机已填：{what}（待发送）"),
        "back": gettext("返回名单"),
        "open": gettext("打开案卷（需联网）"),
        "where": gettext("位置"),
        "state": gettext("状态"),
        "cannot": gettext("现在不能{move}：{why}"),
        "noMoves": gettext("这件案件现在没有可在现场办理的步骤。"),
        "optional": gettext("（选填）"),
        "required": gettext("请填写{label}"),
        "save": gettext("{move}：存入并发送"),
        "saved": gettext("已存在本机：{what}"),
        "camera": gettext("拍照"),
        "album": gettext("选照片"),
        "removePhoto": gettext("移除第{n}张照片"),
        "photoCount": gettext("{n}张照片"),
        "mostPhotos": gettext("最多{n}张照片"),
        "badPhoto": gettext("这张照片读不出来，请换一张（支持JPEG、PNG、WebP）"),
    }


def _place() -> dict[str, str]:
    return {
        "sort": gettext("按距离排序"),
        "sorted": gettext("已按距离排序（定位精度±{n}米）"),
        "check": gettext("核对位置"),
        "checkHint": gettext("只算出手机与案发地点的距离，记入办理留痕；距离远近不影响提交。"),
        "checked": gettext("手机距案发地点{distance}（定位精度±{n}米），将随填报送出"),
        "noPoint": gettext("案件没有坐标，算不出距离"),
        "drop": gettext("不附位置"),
        "noPosition": gettext("没有取得位置：{why}"),
        "denied": gettext("未允许定位"),
        "timeout": gettext("定位超时"),
        "sketch": gettext("示意图：本单位辖区轮廓与案件位置，非地图"),
        "sketchCase": gettext("示意图：案发地点周围的地标与轮廓，非地图"),
        "me": gettext("我的位置"),
        "north": gettext("北"),
    }


def _queue() -> dict[str, str]:
    return {
        "queue": gettext("发送队列"),
        "queueCount": gettext("待发送{waiting}，被退回{refused}"),
        "waiting": gettext("待发送"),
        "sending": gettext("正在发送"),
        "sent": gettext("已送出"),
        "refused": gettext("未办理"),
        "behind": gettext("等同一案件的前一条"),
        "empty": gettext("没有填报"),
        "enteredAt": gettext("填写于{at}"),
        "sentAt": gettext("{at}送达，案件{number}：{state}"),
        "sentMerged": gettext("{at}送达，并入案件{number}：{state}"),
        "now": gettext("案件现在的状态：{state}"),
        "noAnswer": gettext("上次发送没有收到应答，会再送；同一条不会重复办理。"),
        "draft": gettext("草稿"),
        "goOn": gettext("继续填写"),
        "again": gettext("再送一次"),
        "edit": gettext("修改后再送"),
        "discard": gettext("放弃这条"),
        "discardSure": gettext("放弃后，文字和照片从本机删除，不能恢复。确定放弃吗？"),
        "discardMaybe": gettext("这条可能已经送达。放弃只删除本机内容。确定放弃吗？"),
        "sendNow": gettext("现在发送"),
        "clearSent": gettext("清除已送出的记录"),
        "tooLarge": gettext("照片合计太大，没有收下。请减少照片后再送。"),
        "forbidden": gettext("服务器拒绝了这条填报。"),
    }
