"""Words that mean another place from every mouth (我家, 楼下, "my office"), and what kinds of place are called.

Chinese ones are Simplified: they are held against simplified text.
"""

from __future__ import annotations

_CHINESE = (
    "我家 我们家 我屋企 屋企 家里 自己家 我们 我哋 我地 咱们 咱 我 你们 他们 我们家楼下 家",
    "单位 公司 办公室 宿舍 学校 医院 超市 菜场 菜市场 银行 饭店 酒店 商店 工地 幼儿园 写字楼",
    "这里 这儿 这边 这个 这条 这片 呢度 呢条 呢个 嗰度 嗰条 那里 那儿 那边 那个 那条 这附近",
    "前面 后面 后边 前边 对面 旁边 隔离 隔篱 附近 边上 周围 里面 外面 出面 左边 右边 东边 西边 南边 北边",
    "楼下 楼上 楼道 楼梯 门口 门前 大门 正门 后门 路边 路口 路上 街上 街边 马路 大马路 道路 公路 大街上",
    "巷子 巷口 小巷 胡同 小区 社区 大院 院子 村里 村口 屋苑 成条街 条街 条路 整栋楼 全小区 整个小区",
    "河边 桥下 桥洞 隧道 地下通道 车站 公交站 地铁站 地铁口 停车场 公厕 公园 广场 十字路口 丁字路口 电梯",
    "第一个 刚才 同一个地方 刚刚 出门 拐弯 左转 右转 往前 走 米 几十 一百 两百 百",
    "的 嘅 在 喺 这 那 呢 嗰 上 下 里 边 旁 处 条 个 有 住 就 是 系 街 路 楼 栋 幢 巷 桥 站 店 区 村",
)
_ENGLISH = (
    "my our your his her their home house office work workplace flat apartment apartments building street road block",
    "neighbourhood neighborhood area here there outside inside near next to in front behind of the a an at on by from",
    "downstairs upstairs opposite corner this that where i am live we are it is right just around across over below",
    "under above school station hospital park shop shops supermarket gate door entrance exit river bus stop subway",
    "metro crossing junction intersection bridge tunnel underpass car parking lot place estate compound community",
    "village yard stairs stairwell lift elevator way same somewhere close some m meters metres and with",
)
GENERIC: tuple[str, ...] = tuple(sorted((word for line in _CHINESE for word in line.split()), key=len, reverse=True))
"""The longest first, so that none is cut into another."""
GENERIC_ENGLISH: frozenset[str] = frozenset(word for line in _ENGLISH for word in line.split())
