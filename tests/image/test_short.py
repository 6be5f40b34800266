"""What there is time for at every change: the image boots, Enter all the way through the wizard, one mail."""

from image.box import answers, send, set_up, subjects
from support.appliance import wait_until
from support.machine import Machine


def test_one_boot_the_wizard_and_one_mail():
    with Machine() as box:
        words = set_up(box)
        wait_until(lambda: answers(box), 120, "DNS and webmail from outside")
        assert send(box, "ali", "budi", words["ali"], "dari luar")
        wait_until(lambda: "dari luar" in subjects(box, "budi", words["budi"]), 60, "the mail at budi")
