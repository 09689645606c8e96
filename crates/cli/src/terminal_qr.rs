//! A QR code in a terminal: two modules in each character, one above the other.

use clawpair_qr::Drawing;

/// How a terminal shows the two kinds of modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// In colours of its own, whatever the terminal's are.
    BlackOnWhite,
    /// Without colours, on a dark terminal: the light modules are drawn.
    Light,
    /// Without colours, on a light terminal: the dark modules are drawn.
    Dark,
}

/// Lines of half blocks, the quiet zone included.
pub(crate) fn half_blocks(drawing: &Drawing, ink: Ink) -> String {
    let size = drawing.size();
    let drawn = |x, y| match ink {
        // Outside the drawing nothing is drawn but what makes the last line even.
        Ink::Light => !drawing.is_dark(x, y),
        Ink::BlackOnWhite | Ink::Dark => drawing.is_dark(x, y),
    };
    let lines = (0..size).step_by(2).map(|y| {
        let line: String = (0..size).map(|x| block(drawn(x, y), drawn(x, y + 1))).collect();
        match ink {
            // Black and white of the 256 colours, which themes leave alone.
            Ink::BlackOnWhite => format!("\u{1b}[38;5;16;48;5;231m{line}\u{1b}[0m"),
            Ink::Light | Ink::Dark => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

const fn block(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

/// The same as a picture of vectors, black on white, with edges of `scale` pixels per module unless it is scaled.
pub(crate) fn svg(drawing: &Drawing, scale: u32) -> String {
    let size = drawing.size();
    let pixels = u32::from(size) * scale;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{pixels}\" height=\"{pixels}\" viewBox=\"0 0 {size} {size}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{}\"/></svg>\n",
        drawing.path()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11";

    /// What a camera sees of a terminal, as a picture.
    fn seen(text: &str, drawn_is_dark: bool) -> Vec<u8> {
        const SCALE: u32 = 4;
        let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let (width, height) = (u32::try_from(rows[0].len()).unwrap(), u32::try_from(rows.len()).unwrap() * 2);
        let picture = image::GrayImage::from_fn(width * SCALE, height * SCALE, |x, y| {
            let (x, y) = (x / SCALE, y / SCALE);
            let character = rows[y as usize / 2][x as usize];
            let drawn = character == '█' || character == if y % 2 == 0 { '▀' } else { '▄' };
            image::Luma([if drawn == drawn_is_dark { 0 } else { 255 }])
        });
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    }

    #[test]
    fn a_camera_reads_what_the_terminal_shows_and_it_is_narrow() {
        let drawing = clawpair_qr::draw_small(LINK).unwrap();
        for (ink, drawn_is_dark) in [(Ink::Light, false), (Ink::Dark, true)] {
            let text = half_blocks(&drawing, ink);
            assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
            assert_eq!(clawpair_qr::read(&seen(&text, drawn_is_dark)).as_deref(), Ok(LINK), "{ink:?}");
        }
        let coloured = half_blocks(&drawing, Ink::BlackOnWhite);
        let plain = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(plain, half_blocks(&drawing, Ink::Dark));
    }

    #[test]
    fn the_quiet_zone_is_four_modules_on_every_side() {
        let text = half_blocks(&clawpair_qr::draw_small(LINK).unwrap(), Ink::Dark);
        let lines: Vec<&str> = text.lines().collect();
        for line in [lines[0], lines[1], lines[lines.len() - 1]] {
            assert!(line.chars().all(|character| character == ' '), "{line}");
        }
        assert!(lines.iter().all(|line| line.starts_with("    ") && line.ends_with("    ")));
    }

    #[test]
    fn a_vector_picture_has_the_same_modules() {
        let drawing = clawpair_qr::draw(LINK).unwrap();
        let svg = svg(&drawing, 8);
        assert!(svg.contains("viewBox=\"0 0 41 41\"") && svg.contains("width=\"328\""));
        assert!(svg.contains(&drawing.path()));
    }
}
