import Images

extension HeatMapSheet {
  /// Something other than colours that may be in the pictures, for the legend.
  enum Sample {
    case unseen
    case box

    func text(_ boxLegend: String) -> String {
      switch self {
      case .unseen: "not seen by the network"
      case .box: boxLegend
      }
    }
  }

  /// Where everything goes. All lengths are in pixels and grow with the photo.
  struct Layout {
    let font: TextFont
    /// The height of capitals.
    let capitals: Int
    /// Between pictures, and round everything.
    let gap: Int
    /// The thickness of a line.
    let line: Int
    /// From one stripe of the hatching to the next.
    let hatching: Int
    let panelWidth: Int
    let photoTop: Int
    let photoHeight: Int
    let barWidth: Int
    let barHeight: Int
    let captionLines: [String]
    let samples: [Sample]
    let width: Int
    let height: Int

    /// The longest side of a photo for which text has the size of the bitmap font.
    private static let smallestPhoto: Float = 380

    init(_ sheet: HeatMapSheet) {
      let photo = sheet.panels[0].map.photo
      let scale = max(1, Float(max(photo.width, photo.height)) / Self.smallestPhoto)
      font = TextFont(scale: scale, color: HeatMapSheet.text)
      capitals = Int((Float(Glyph.rowsAboveBaseline) * scale).rounded(.up))
      gap = Int((8 * scale).rounded())
      line = max(1, Int(scale.rounded()))
      hatching = max(6, Int((9 * scale).rounded()))
      // A narrow photo still needs room for its text.
      panelWidth = max(photo.width, Int(200 * scale))
      photoHeight = photo.height
      photoTop = gap + font.lineHeight + gap / 2
      width = gap + sheet.panels.count * (panelWidth + gap)
      barWidth = min(width - 2 * gap, Int(420 * scale))
      barHeight = Int((10 * scale).rounded())
      samples =
        (sheet.panels.contains { $0.map.hasUnseen } ? [.unseen] : [])
        + (sheet.panels.contains { !$0.boxes.isEmpty } ? [.box] : [])
      captionLines = Self.wrapped(sheet.caption, font, width: width - 2 * gap)
      let lines = captionLines.count + samples.count
      let bar = sheet.ticks.isEmpty ? 0 : barHeight + font.lineHeight + 5 * line
      height = photoTop + photoHeight + gap + bar + lines * (font.lineHeight + line) + gap
    }

    /// The text in lines of at most `width` pixels, broken at spaces.
    private static func wrapped(_ text: String, _ font: TextFont, width: Int) -> [String] {
      var lines: [String] = []
      for word in text.split(separator: " ") {
        if let last = lines.last, font.width(last + " " + word) <= width {
          lines[lines.count - 1] = last + " " + word
        } else {
          lines.append(font.fitting(String(word), width: width))
        }
      }
      return lines
    }
  }
}
