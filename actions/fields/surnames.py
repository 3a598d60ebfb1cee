"""Surnames of China, by which a name is told from other short words. Simplified; the Latin ones are pinyin."""

_SINGLE = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳",
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞",
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓",
    "郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇",
    "栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍",
    "却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东殴殳沃利",
    "蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付覃闫代苑占佟佘粟原楚冼麦邝区欧",
    "亢伦来畅丛岳隋兰尧阳战牟晋仝鄢浩琚涂楼邸励栗展延黑邴贠",
)
SURNAMES = frozenset("".join(_SINGLE))
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
