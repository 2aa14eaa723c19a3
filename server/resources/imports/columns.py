"""Which column of an owner's list means what: the headings people write, in English and Chinese. Pure."""

import re
import unicodedata
from collections.abc import Sequence

# What a list may say of a resource, and the headings for it besides the field's own name.
HEADINGS: dict[str, tuple[str, ...]] = {
    "owner_name": ("owner", "organization", "institution", "单位名称", "单位", "所属单位", "权属单位", "依托单位"),
    "owner_kind": ("单位类型", "单位性质"),
    "country": ("country code", "国家", "国家代码"),
    "city": ("place", "城市", "所在城市", "所在地"),
    "region_code": ("region", "行政区划代码", "区划代码", "地区代码"),
    "time_zone": ("timezone", "tz", "时区"),
    "kind": ("resource kind", "资源类型", "资源类别"),
    "name": (
        "resource", "resource name", "名称", "资源名称", "设备名称", "仪器名称", "仪器设备名称",
    ),
    "name_en": ("english name", "英文名称", "英文名"),
    "manufacturer": ("maker", "vendor", "生产厂家", "生产厂商", "制造商", "厂家"),
    "model": ("model number", "型号", "规格型号"),
    "category": ("分类", "类别", "学科分类"),
    "quantity": ("units", "number of units", "数量", "台数", "台套数"),
    "price_per_hour": ("hourly price", "hourly rate", "每小时价格", "小时价格", "每小时收费"),
    "currency": ("币种", "货币"),
    "opening_hours": ("hours", "开放时间"),
    "approval": ("审批", "审批方式", "预约方式"),
    "notes": ("note", "remarks", "description", "备注", "说明"),
    "methods": ("method", "standards", "方法", "标准", "检测标准", "方法标准"),
    "address": ("存放地点", "地址", "安置地点"),
    "contact": ("联系方式", "联系电话"),
    "price_text": ("price", "charge", "收费标准", "收费", "价格"),
    "price_unit": ("price unit", "unit of price", "计价单位", "收费单位"),
    "bought": ("purchase date", "购置日期", "启用日期"),
    "source_url": ("source", "url", "数据来源", "来源", "网址"),
}  # fmt: skip
REQUIRED = ("kind", "name", "time_zone")


def recognise(cells: Sequence[str]) -> dict[int, str]:
    """Tell which cells of a line are headings: position → field. The first of several for one field counts."""
    found: dict[int, str] = {}
    for position, cell in enumerate(cells):
        field = _FIELDS.get(_plain(cell))
        if field and field not in found.values():
            found[position] = field
    return found


def example(field: str) -> str:
    """Name a column in both languages."""
    chinese = next((heading for heading in HEADINGS[field] if not heading.isascii()), "")
    return f"{field} ({chinese})" if chinese else field


def _plain(heading: str) -> str:
    """Drop what people vary: case, width, spaces, underscores, what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"\(.*?\)|[\s_*:-]", "", text)


_FIELDS = {_plain(heading): field for field, also in HEADINGS.items() for heading in (field, *also)}
