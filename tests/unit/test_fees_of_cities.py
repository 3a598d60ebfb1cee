"""What residents of the first twelve cities pay: no two cities charge alike, and no city charges nothing."""

from pathlib import Path

from desk.city.yaml_files import parse_yaml

DATA = Path(__file__).parents[2] / "sandbox" / "data"
TWELVE = (
    *("hangzhou", "shanghai", "guangzhou", "shenzhen", "ningbo", "qingdao"),
    *("nanchang", "taiyuan", "datong", "yuncheng", "changzhi", "linfen"),
)
TARIFFS = ("water", "electricity", "gas")


def fees(city: str) -> dict[str, object]:
    """Fines by act, fees of hospitals, tariffs of suppliers, as the agencies of a city have them."""
    police = parse_yaml((DATA / city / "traffic_police.yml").read_text("utf-8"))
    appointments = parse_yaml((DATA / city / "appointments.yml").read_text("utf-8"))["services"]
    suppliers = parse_yaml((DATA / city / "utilities.yml").read_text("utf-8"))["suppliers"]
    hospitals = appointments.get("hospital_appointment", {}).get("offices", [])
    return {
        "fines": sorted((code, act["fine"]) for code, act in police["acts"].items()),
        "hospitals": sorted({office["fee"] for office in hospitals if "fee" in office}),
        "suppliers": {
            kind: {name: one for name, one in suppliers[kind].items() if name != "names"} for kind in suppliers
        },
    }


def test_no_two_cities_have_the_same_fees() -> None:
    """Taken together; where hospitals charge here, those charge differently, too."""
    charged = {city: fees(city) for city in TWELVE}
    assert len({str(one) for one in charged.values()}) == len(TWELVE)
    hospitals = [str(one["hospitals"]) for one in charged.values() if one["hospitals"]]
    assert len(hospitals) == len(set(hospitals)) == 6
