"""Words that values are made of or stand beside, as parts of patterns (`value_patterns.py`)."""

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PINYIN = "jing|jin|hu|yu|ji|yun|liao|hei|xiang|wan|lu|xin|su|zhe|gan|gui|meng|shan|min|yue|qing|zang|chuan|ning|qiong"
NUMBER = "一二两三四五六七八九十百零〇"
ALONE, END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|fri|sat|sun"
MONTHS = (
    "january|february|march|april|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
FESTIVALS = (
    "春节|过年|除夕|元旦|清明节?|五一|端午节?|七夕|中秋节?|国庆节?|情人节|圣诞节?|元宵节?|重阳节?|劳动节|儿童节|妇女节"
    "|腊八|小年|跨年|新年|年初(?!一)|年底|年尾|月底|月尾|月初|月头|月中|[上下]半年|520(?![0-9路元块])"
    "|立春|雨水(?=那)|惊蛰|春分|谷雨|立夏|小满|芒种|夏至|小暑|大暑|立秋|处暑|白露|秋分|寒露|霜降|立冬|大雪(?=那)|冬至|小寒|大寒"
)
ENGLISH_FESTIVALS = (
    "valentine's day|christmas(?: eve| day)?|new year's (?:day|eve)|(?:chinese )?new year|spring festival|national day|"
    "mid-autumn(?: festival)?|dragon boat festival|qixi|labou?r day|end of the (?:month|year)"
)
ENGLISH_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    "|eighty|ninety|hundred|thousand"
)
SUM = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?"
GROUPS = r"\d{2,8}(?:[ -]\d{2,5}){0,3}[ -]\d{1,5}"
"""A long number in groups, as it is printed on bills."""
SAID = r"(?:,? ?(?:numbers?|nr\.?|no\.?|num|id|code|is|was|says)(?![a-z])|号码?|编号|是|系|为|就|[\s:：#,，])*"
ACCOUNT_WORD = (
    r"(?:(?<![a-z])(?:account|a/c|acct?|(?<!contract )customer|meter|consumer|household|contract)(?![a-z])"
    r"|户号|缴费号|缴费编号|客户编?号|用户编?号|户口号码?|[账帐]户?号码?|[账帐]户|合同号|表具?号)"
)
REFERENCE_WORD = (
    r"(?:(?<![a-z])(?:ticket|report|reference|ref|case|order|application|receipt|transaction|penalty notice|filing)"
    r"(?![a-z])|(?<!快递)(?<!顺丰)(?<!运)单号|受理编?号|业务号|办件编?号|回执编?号?|案号|流水号|工单编?号?|订单编?号?"
    r"|申请编?号|交易编?号|查询编?号|决定书编?号|档案号)"
)
BEHIND = r"(?=[\s,，]*(?:(?:is|says|on) (?:the|my)|是我?的?|系我?嘅?|就是)?\s?(?:"
"""What stands between a number and the word behind it: 3301081992 is my account."""
VIN_SAID = (
    r"(?:(?<![a-z])vin(?![a-z])|车架号?|[后尾]六位|[后尾]6位)"
    r"(?:后|尾|的|最后|末|六|6|位|数字|是|系|为|就|ends?|ending|in|is|last|six|digits|[\s:：])*"
)
DAYPART = "凌晨|清晨|清早|大清早|早上|朝早|上午|上昼|中午|晏昼|下午|下昼|傍晚|晚上|夜晚|晚黑|后半夜|半夜|深夜|夜里"
"""Parts of a day: with the hour behind them they are one time."""
DAY_AND_PART = "今晚|昨晚|寻晚|琴晚|听晚|明晚|前晚|后晚|当晚|今早|明早|今朝|听朝|昨夜|今夜"
"""Parts of a day that say which day: a time of their own."""
HOUR = "二十[一二三四]?|十[一二三四五六七八九]?|[二两三四五六七八九]|零"
ENGLISH_HOUR = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
CLASSIFIER = "[个间家单班条项笔张件辆趟位份场句样架部只套款行本支户]"
NTH = r"\d{1,2}(?:st|nd|rd|th)"
YEAR = "(?:今|明|出|去|旧|前|后)年"
SOON = "(?:下下?|上|这|本|今|呢)个?"
ROAD = r"[^\W\da-z在喺从到是系路街道巷和与跟同]{1,6}(?:大街|大道|路|街|巷)"
ENGLISH_ROAD = "(?:road|rd|street|st|avenue|lane|lu|gate)"
