//! Screenshots of the pretend shop: a handful of pages, desktop and phone, as they should look and as they look when
//! something is wrong. Drawn on first use and kept for everyone.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;

use super::canvas::{Canvas, Paint};
use crate::zip::Entry;

/// A page of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    /// The cart with its total.
    Cart,
    /// The card form.
    Payment,
    /// The address form.
    Address,
    /// The order was placed.
    Confirmation,
    /// The sign-in card.
    Login,
    /// The table of past orders.
    Orders,
    /// Numbers and bars for the shop owner.
    Dashboard,
}

/// Every page.
pub const SCREENS: [Screen; 7] = [
    Screen::Cart,
    Screen::Payment,
    Screen::Address,
    Screen::Confirmation,
    Screen::Login,
    Screen::Orders,
    Screen::Dashboard,
];

impl Screen {
    /// The page's name in file names.
    pub fn slug(self) -> &'static str {
        match self {
            Screen::Cart => "cart",
            Screen::Payment => "payment",
            Screen::Address => "address",
            Screen::Confirmation => "confirmation",
            Screen::Login => "login",
            Screen::Orders => "orders",
            Screen::Dashboard => "dashboard",
        }
    }
}

/// How a page looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// As it should.
    Right,
    /// With the wrong total and a message about it.
    Wrong,
    /// A little off: what visual comparison is for.
    Shifted,
    /// The difference between right and shifted.
    Difference,
}

/// Desktop or phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// 1280 × 800.
    Desktop,
    /// 390 × 844.
    Phone,
}

impl Device {
    /// How many pixels its window has.
    pub fn pixels(self) -> usize {
        match self {
            Device::Desktop => 1280 * 800,
            Device::Phone => 390 * 844,
        }
    }
}

type Key = (Screen, Look, Device);

static DRAWN: LazyLock<Mutex<HashMap<Key, (Bytes, Entry)>>> = LazyLock::new(Mutex::default);

/// The screenshot as an archive entry of that name.
pub fn entry(name: impl Into<Vec<u8>>, screen: Screen, look: Look, device: Device) -> Entry {
    drawn((screen, look, device)).1.renamed(name)
}

/// The screenshot as a PNG file.
pub fn png(screen: Screen, look: Look, device: Device) -> Bytes {
    drawn((screen, look, device)).0
}

fn drawn(key: Key) -> (Bytes, Entry) {
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let made = drawn.entry(key).or_insert_with(|| {
        let png = Bytes::from(canvas(key).png());
        let entry = Entry::deflated("", &png);
        (png, entry)
    });
    made.clone()
}

/// What a recording of the browser's window shows: the page at half size with the pointer, or nothing yet.
pub type Seen = Option<(Screen, Look, Option<(usize, usize)>)>;

static FRAMES: LazyLock<Mutex<HashMap<Seen, Bytes>>> = LazyLock::new(Mutex::default);

/// A frame of such a recording, 640 × 400, as a PNG file.
pub fn frame(seen: Seen) -> Bytes {
    let mut frames = FRAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let draw = || {
        let Some((screen, look, pointer)) = seen else { return Canvas::new(640, 400).png().into() };
        let mut page = canvas((screen, look, Device::Desktop));
        if let Some((x, y)) = pointer {
            page.disc(x, y, 14, Paint::Amber);
            page.disc(x, y, 8, Paint::White);
        }
        page.halved().png().into()
    };
    frames.entry(seen).or_insert_with(draw).clone()
}

fn canvas((screen, look, device): Key) -> Canvas {
    if look == Look::Difference {
        return canvas((screen, Look::Right, device)).difference(&canvas((screen, Look::Shifted, device))).0;
    }
    let mut page = match device {
        Device::Desktop => Page::desktop(look),
        Device::Phone => Page::phone(look),
    };
    match screen {
        Screen::Cart => page.cart(),
        Screen::Payment => page.form("Payment", &["Name on card", "Card number", "Expiry", "CVC"], "Pay $84.30"),
        Screen::Address => page.form("Delivery address", &["Full name", "Street", "City", "Postal code"], "Continue"),
        Screen::Confirmation => page.confirmation(),
        Screen::Login => page.form("Sign in", &["E-mail", "Password"], "Sign in"),
        Screen::Orders => page.orders(),
        Screen::Dashboard => page.dashboard(),
    }
    page.canvas
}

static OFF: LazyLock<Mutex<HashMap<(Screen, Device), usize>>> = LazyLock::new(Mutex::default);

/// How many pixels differ between the right and the shifted look.
pub fn pixels_off(screen: Screen, device: Device) -> usize {
    let mut known = OFF.lock().unwrap_or_else(PoisonError::into_inner);
    let count = || canvas((screen, Look::Right, device)).difference(&canvas((screen, Look::Shifted, device))).1;
    *known.entry((screen, device)).or_insert_with(count)
}

struct Page {
    canvas: Canvas,
    look: Look,
    left: usize,
    top: usize,
    width: usize,
    wide: bool,
}

impl Page {
    fn desktop(look: Look) -> Page {
        let mut canvas = Canvas::new(1280, 800);
        canvas.fill(0, 0, 1280, 56, Paint::Night);
        canvas.disc(46, 28, 12, Paint::Blue);
        canvas.text(70, 21, 2, "ACME", Paint::White);
        for (index, entry) in ["Shop", "Orders", "Help"].iter().enumerate() {
            canvas.text(960 + index * 100, 21, 2, entry, Paint::Mist);
        }
        Page { canvas, look, left: 80, top: 96, width: 1120, wide: true }
    }

    fn phone(look: Look) -> Page {
        let mut canvas = Canvas::new(390, 844);
        canvas.fill(0, 0, 390, 92, Paint::Night);
        canvas.text(16, 14, 2, "9:41", Paint::White);
        canvas.fill(340, 14, 34, 14, Paint::Mist);
        canvas.disc(34, 64, 12, Paint::Blue);
        canvas.text(56, 57, 2, "ACME", Paint::White);
        for row in 0..3 {
            canvas.fill(346, 56 + row * 8, 26, 3, Paint::White);
        }
        Page { canvas, look, left: 16, top: 112, width: 358, wide: false }
    }

    fn heading(&mut self, text: &str) {
        self.canvas.text(self.left, self.top, if self.wide { 4 } else { 3 }, text, Paint::Ink);
        self.top += if self.wide { 52 } else { 40 };
        if self.look == Look::Wrong {
            self.canvas.fill(self.left, self.top, self.width, 44, Paint::Rose);
            self.canvas.fill(self.left, self.top, 6, 44, Paint::Red);
            let message =
                if self.wide { "Something went wrong: expected $84.30, received $75.87" } else { "Total is wrong" };
            self.canvas.text(self.left + 20, self.top + 15, 2, message, Paint::Red);
            self.top += 60;
        }
    }

    fn button(&mut self, x: usize, y: usize, width: usize, text: &str) {
        let (shift, paint) = if self.look == Look::Shifted { (6, Paint::Violet) } else { (0, Paint::Blue) };
        self.canvas.fill(x, y + shift, width, 48, paint);
        self.canvas.text_centred(x, width, y + shift + 17, 2, text, Paint::White);
    }

    fn cart(&mut self) {
        const GOODS: [(&str, &str, Paint); 3] = [
            ("Ceramic mug", "$18.00", Paint::Sand),
            ("Wool blanket", "$64.00", Paint::Teal),
            ("Gift card", "$10.00", Paint::Violet),
        ];
        self.heading("Your cart");
        let list = if self.wide { self.width * 2 / 3 } else { self.width };
        let list_top = self.top;
        for (name, price, paint) in GOODS {
            let top = self.top;
            self.canvas.panel(self.left, top, list, 104, Paint::White);
            self.canvas.fill(self.left + 16, top + 16, 72, 72, paint);
            self.canvas.disc(self.left + 52, top + 52, 20, Paint::White);
            self.canvas.text(self.left + 108, top + 24, 2, name, Paint::Ink);
            self.canvas.text(self.left + 108, top + 56, 2, "Qty 1", Paint::Stone);
            self.canvas.text_right(self.left + list - 20, top + 24, 2, price, Paint::Ink);
            self.top += 116;
        }
        let (left, top, width) = if self.wide {
            (self.left + list + 32, list_top, self.width - list - 32)
        } else {
            (self.left, self.top, self.width)
        };
        self.canvas.panel(left, top, width, 260, Paint::White);
        let total = if self.look == Look::Wrong { "$75.87" } else { "$84.30" };
        let rows = [("Subtotal", "$92.00"), ("Coupon -10%", "-$9.20"), ("Shipping", "$1.50")];
        for (index, (label, value)) in rows.iter().enumerate() {
            self.canvas.text(left + 20, top + 24 + index * 36, 2, label, Paint::Stone);
            self.canvas.text_right(left + width - 20, top + 24 + index * 36, 2, value, Paint::Ink);
        }
        self.canvas.fill(left + 20, top + 132, width - 40, 1, Paint::Line);
        self.canvas.text(left + 20, top + 150, 3, "Total", Paint::Ink);
        self.canvas.text_right(
            left + width - 20,
            top + 150,
            3,
            total,
            if self.look == Look::Wrong { Paint::Red } else { Paint::Ink },
        );
        self.button(left + 20, top + 194, width - 40, "Checkout");
    }

    fn form(&mut self, title: &str, fields: &[&str], action: &str) {
        self.heading(title);
        let width = if self.wide { 560 } else { self.width };
        self.canvas.panel(self.left, self.top, width, 40 + fields.len() * 84 + 64, Paint::White);
        for (index, field) in fields.iter().enumerate() {
            let top = self.top + 20 + index * 84;
            self.canvas.text(self.left + 20, top, 2, field, Paint::Stone);
            self.canvas.panel(self.left + 20, top + 22, width - 40, 44, Paint::Paper);
            if index % 2 == 0 {
                self.canvas.fill(self.left + 34, top + 40, 120 + index * 30, 8, Paint::Mist);
            }
        }
        self.button(self.left + 20, self.top + 20 + fields.len() * 84, width - 40, action);
        if self.wide {
            let left = self.left + width + 40;
            self.canvas.panel(left, self.top, self.width - width - 40, 180, Paint::Sky);
            self.canvas.text(left + 24, self.top + 28, 2, "Secure checkout", Paint::Blue);
            for row in 0..4 {
                self.canvas.fill(left + 24, self.top + 64 + row * 24, 300 - row * 40, 8, Paint::White);
            }
        }
    }

    fn confirmation(&mut self) {
        self.heading("Thank you!");
        let middle = self.left + self.width / 2;
        self.canvas.panel(self.left, self.top, self.width, 380, Paint::White);
        self.canvas.disc(middle, self.top + 110, 60, Paint::Mint);
        self.canvas.disc(middle, self.top + 110, 44, Paint::Green);
        self.canvas.text_centred(self.left, self.width, self.top + 100, 3, "OK", Paint::White);
        self.canvas.text_centred(self.left, self.width, self.top + 200, 3, "Order placed", Paint::Ink);
        self.canvas.text_centred(self.left, self.width, self.top + 240, 2, "#100-4821  $84.30", Paint::Stone);
        let button = 240.min(self.width - 40);
        self.button(middle - button / 2, self.top + 300, button, "Track order");
    }

    fn orders(&mut self) {
        self.heading("Orders");
        let rows = if self.wide { 11 } else { 13 };
        self.canvas.panel(self.left, self.top, self.width, 44 + rows * 46, Paint::White);
        self.canvas.fill(self.left + 1, self.top + 1, self.width - 2, 42, Paint::Paper);
        self.canvas.text(
            self.left + 20,
            self.top + 15,
            2,
            if self.wide { "Order          Date           Customer           Total" } else { "Order      Total" },
            Paint::Stone,
        );
        for row in 0..rows {
            let top = self.top + 44 + row * 46;
            self.canvas.fill(self.left, top, self.width, 1, Paint::Line);
            self.canvas.text(self.left + 20, top + 16, 2, &format!("#100-{}", 4821 - row), Paint::Blue);
            if self.wide {
                self.canvas.text(self.left + 200, top + 16, 2, &format!("{:02} Mar", 28 - row), Paint::Stone);
                self.canvas.fill(self.left + 380, top + 18, 90 + row * 37 % 60, 10, Paint::Mist);
                self.canvas.text(self.left + 608, top + 16, 2, &format!("${}.50", 20 + row * 17 % 90), Paint::Ink);
                let (paint, text) = if row % 4 == 2 { (Paint::Amber, "Packing") } else { (Paint::Green, "Shipped") };
                let shift = if self.look == Look::Shifted { 8 } else { 0 };
                self.canvas.fill(self.left + 860 + shift, top + 10, 110, 26, paint);
                self.canvas.text_centred(self.left + 860 + shift, 110, top + 16, 2, text, Paint::White);
            } else {
                self.canvas.text_right(
                    self.left + self.width - 20,
                    top + 16,
                    2,
                    &format!("${}.50", 20 + row * 17 % 90),
                    Paint::Ink,
                );
            }
        }
    }

    fn dashboard(&mut self) {
        self.heading("Today");
        let numbers = [("Orders", "128"), ("Revenue", "$9,402"), ("Returns", "3"), ("Conversion", "4.1%")];
        let columns = if self.wide { 4 } else { 2 };
        let width = (self.width - (columns - 1) * 16) / columns;
        for (index, (label, value)) in numbers.iter().enumerate() {
            let (x, y) = (self.left + index % columns * (width + 16), self.top + index / columns * 116);
            self.canvas.panel(x, y, width, 100, Paint::White);
            self.canvas.text(x + 16, y + 18, 2, label, Paint::Stone);
            self.canvas.text(x + 16, y + 52, 4.min(width / 40), value, Paint::Ink);
        }
        self.top += numbers.len() / columns * 116 + 8;
        let height = 380;
        self.canvas.panel(self.left, self.top, self.width, height, Paint::White);
        let bars = if self.wide { 24 } else { 12 };
        let pitch = (self.width - 40) / bars;
        for bar in 0..bars {
            let tall = 60 + bar * 53 % 240 - if self.look == Look::Shifted && bar % 5 == 0 { 30 } else { 0 };
            let paint = if bar == bars - 4 { Paint::Amber } else { Paint::Blue };
            self.canvas.fill(self.left + 20 + bar * pitch, self.top + height - 30 - tall, pitch * 2 / 3, tall, paint);
        }
        self.canvas.fill(self.left + 20, self.top + height - 30, self.width - 40, 2, Paint::Line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_is_a_png_and_every_shift_shows() {
        for screen in SCREENS {
            for device in [Device::Desktop, Device::Phone] {
                let png = png(screen, Look::Right, device);
                assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
                assert!(png.len() > 1_000 && png.len() < 40_000, "{screen:?} {device:?}: {}", png.len());
            }
        }
        assert!(pixels_off(Screen::Cart, Device::Desktop) > 500);
    }
}
