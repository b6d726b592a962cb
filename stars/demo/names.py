"""Names that nobody was given on purpose: common surnames and given-name characters, drawn by a fixed seed."""

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
MALE = "建国志强文军永刚海峰俊杰立新保平春生红卫根旺玉田世民兴华广林德才占魁守信福安学勤克俭云山长河"
FEMALE = "秀英桂兰淑珍玉梅春花丽华雪琴晓燕红霞爱萍彩云慧敏翠玲月娥巧珍素芳瑞雪亚男文静"


def draw_names(count: int, *, seed: str) -> list[tuple[str, str]]:
    """`count` different (name, sex), the same for the same seed."""
    random = Random(seed)
    drawn: dict[str, str] = {}
    while len(drawn) < count:
        sex = "f" if random.random() < 0.18 else "m"
        given = FEMALE if sex == "f" else MALE
        name = random.choice(SURNAMES) + "".join(random.sample(given, 2 if random.random() < 0.8 else 1))
        drawn.setdefault(name, sex)
    return list(drawn.items())
