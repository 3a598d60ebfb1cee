"""Surnames of China, by which a name is told from other short words. Simplified; the Latin ones are pinyin."""

from __future__ import annotations

_COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
    "夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧"
    "耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪"
    "简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
COMMON = frozenset("".join(_COMMON))
"""The commonest of one character."""
_RARE = (
    "水云奚昌凤花酆廉常乐皮元平和萧湛禹狄贝计伏谈茅强危骆支昝经裘干宣贲郁杭洪诸钮嵇滑荀羊惠家封芮储汲邴糜松井富乌巴弓",
    "牧隗山宓蓬郗班仰秋伊暴钭厉戎祖束幸韶郜蓟薄印宿怀邰从鄂索咸籍赖蔺屠阴胥能苍双闻莘贡劳逄扶堵宰郦雍却璩濮寿通扈燕冀",
    "郏浦别阎充慕茹习宦鱼容慎戈庾终暨居衡步都满弘匡国广禄阙东殴殳沃利蔚越夔隆厍晁勾融訾阚那空毋乜养鞠须丰巢蒯相后荆红",
    "竺权逯盖益桓公付代占粟原楚冼区亢伦来畅尧战晋仝鄢浩琚楼邸励栗展延黑贠",
)
SURNAMES = COMMON | frozenset("".join(_RARE))
"""All of one character."""
_COMPOUND = (
    "欧阳 司马 上官 诸葛 司徒 东方 尉迟 公孙 慕容 皇甫 长孙 宇文",
    "令狐 轩辕 端木 南宫 夏侯 独孤 呼延 西门 申屠 百里 拓跋",
)
COMPOUND = frozenset(word for line in _COMPOUND for word in line.split())
_LATIN = (
    "zhao qian sun li zhou wu zheng wang feng chen chu wei jiang shen han yang zhu qin you xu lv lyu lu shi zhang",
    "kong cao yan hua jin tao xie zou yu bai su pan ge fan peng lang ma fang ren yuan liu bao tang fei xue lei he ni",
    "luo bi hao an chang le fu kang bu gu meng huang mu xiao yin yao shao mao di mi dai song pang xiong ji shu xiang",
    "dong liang du ruan lan min jia guo mei lin zhong qiu gao xia cai tian hu ling wan ke guan mo ding deng hong zuo",
    "cui gong cheng xing rong qu jing duan jiao hou quan ban gan ning wen ye si lai zhuo qiao tan lao ran sang gui",
    "niu bian shang zhuang chai ai yi liao geng man ou mai nie zeng jian rao sha ju cha",
)
LATIN = frozenset(word for line in _LATIN for word in line.split())
"""In small letters too a name may begin, or end, with one of these."""
