public import Images

/// Heat maps of one photo side by side, on one scale, with their titles and a legend below them.
public struct HeatMapSheet: Sendable {
  /// One picture of the row.
  public struct Panel: Sendable {
    /// The line above the picture, which is shortened where there is not enough room.
    public var title: String
    /// Behind the title, and never shortened.
    public var value: String
    public var map: HeatMap
    /// A line over the picture itself, such as why there are no colours; nil for none.
    public var remark: String?
    /// In pixels of the photo as it is drawn.
    public var boxes: [PixelRectangle] = []

    public init(
      title: String, value: String = "", map: HeatMap, remark: String? = nil,
      boxes: [PixelRectangle] = []
    ) {
      self.title = title
      self.value = value
      self.map = map
      self.remark = remark
      self.boxes = boxes
    }
  }

  /// At least one; all of one size.
  public var panels: [Panel]
  /// What the colours stand for.
  public var caption: String
  /// The value of the last colour, for all pictures.
  public var maximum: Float
  /// The numbers at the colour bar, from 0 to the maximum, evenly spaced.
  public var ticks: [String]
  public var colors = ColorMap.evidence
  /// What boxes are round.
  public var boxLegend = "round the strongest evidence"

  public init(panels: [Panel], caption: String, maximum: Float, ticks: [String]) {
    precondition(!panels.isEmpty)
    self.panels = panels
    self.caption = caption
    self.maximum = maximum
    self.ticks = ticks
  }

  private static let boxColor = RGBColor(red: 255, green: 80, blue: 40)
  private static let background = RGBColor.white
  static let text = RGBColor(red: 32, green: 32, blue: 32)

  /// Everything as one picture.
  public func draw() -> RGBImage {
    let layout = Layout(self)
    var canvas = Canvas(width: layout.width, height: layout.height, background: Self.background)
    for (index, panel) in panels.enumerated() {
      let left = layout.gap + index * (layout.panelWidth + layout.gap)
      canvas.draw(
        Self.title(panel, layout.font, width: layout.panelWidth), x: left, y: layout.gap,
        layout.font)
      draw(panel, x: left, y: layout.photoTop, layout, on: &canvas)
    }
    drawLegend(layout, on: &canvas)
    return canvas.image
  }

  /// The line above a picture, in at most `width` pixels.
  package static func title(_ panel: Panel, _ font: TextFont, width: Int) -> String {
    guard !panel.value.isEmpty else { return font.fitting(panel.title, width: width) }
    let value = "  " + panel.value
    return font.fitting(panel.title, width: width - font.width(value)) + value
  }

  private func draw(_ panel: Panel, x: Int, y: Int, _ layout: Layout, on canvas: inout Canvas) {
    let photo = panel.map.photo
    canvas.draw(
      panel.map, x: x, y: y, colors: colors, maximum: panel.remark == nil ? maximum : 0,
      hatching: layout.hatching)
    for box in panel.boxes {
      let moved = PixelRectangle(x: x + box.x, y: y + box.y, width: box.width, height: box.height)
      // A dark line on both sides keeps the box visible on any colour.
      canvas.outline(moved.grown(by: layout.line), .black, thickness: 3 * layout.line)
      canvas.outline(moved, Self.boxColor, thickness: layout.line)
    }
    guard let remark = panel.remark else { return }
    let text = layout.font.fitting(remark, width: layout.panelWidth - 2 * layout.gap)
    let (width, height) = (
      layout.font.width(text) + 2 * layout.gap, layout.font.lineHeight + layout.gap
    )
    let band = PixelRectangle(
      x: x + (photo.width - width) / 2, y: y + (photo.height - height) / 2, width: width,
      height: height)
    canvas.fill(band, .black, share: 0.75)
    canvas.draw(
      text, x: band.x + layout.gap, y: band.y + (height - layout.capitals) / 2,
      TextFont(scale: layout.font.scale, color: .white))
  }

  /// The colour bar with its numbers, the caption, and samples of what else is in the pictures.
  private func drawLegend(_ layout: Layout, on canvas: inout Canvas) {
    var top = layout.photoTop + layout.photoHeight + layout.gap
    if !ticks.isEmpty {
      drawBar(layout, y: top, on: &canvas)
      top += layout.barHeight + layout.font.lineHeight + 5 * layout.line
    }
    for line in layout.captionLines {
      canvas.draw(line, x: layout.gap, y: top, layout.font)
      top += layout.font.lineHeight + layout.line
    }
    for sample in layout.samples {
      draw(sample, layout, y: top, on: &canvas)
      top += layout.font.lineHeight + layout.line
    }
  }

  private func drawBar(_ layout: Layout, y: Int, on canvas: inout Canvas) {
    let bar = PixelRectangle(
      x: layout.gap, y: y, width: layout.barWidth, height: layout.barHeight)
    let grey = RGBColor(red: 128, green: 128, blue: 128)
    for x in bar.columns {
      // The colours as they look over a grey of medium lightness.
      let share = Float(x - bar.x) / Float(max(1, bar.width - 1))
      canvas.fill(
        PixelRectangle(x: x, y: bar.y, width: 1, height: bar.height),
        colors.overlay(share, on: grey))
    }
    canvas.outline(bar, Self.text, thickness: max(1, layout.line / 2))
    let top = y + bar.height + layout.line
    for (index, tick) in ticks.enumerated() {
      let share = ticks.count > 1 ? Double(index) / Double(ticks.count - 1) : 0
      let mark = bar.x + Int(share * Double(bar.width - layout.line))
      canvas.fill(
        PixelRectangle(x: mark, y: top, width: layout.line, height: 2 * layout.line), Self.text)
      let width = layout.font.width(tick)
      let left = min(max(mark - width / 2, bar.x), bar.x + bar.width - width)
      canvas.draw(tick, x: left, y: top + 3 * layout.line, layout.font)
    }
  }

  /// A sample of something in the pictures, and what it is.
  private func draw(_ sample: Sample, _ layout: Layout, y: Int, on canvas: inout Canvas) {
    let square = PixelRectangle(
      x: layout.gap, y: y, width: 2 * layout.capitals, height: layout.capitals)
    switch sample {
    case .unseen:
      canvas.fill(square, RGBColor(red: 96, green: 96, blue: 96))
      canvas.hatch(square, period: layout.hatching) { _, _ in true }
    case .box:
      canvas.outline(square.grown(by: layout.line), .black, thickness: 3 * layout.line)
      canvas.outline(square, Self.boxColor, thickness: layout.line)
    }
    canvas.draw(sample.text(boxLegend), x: square.x + square.width + layout.gap, y: y, layout.font)
  }
}

extension PixelRectangle {
  fileprivate func grown(by margin: Int) -> PixelRectangle {
    PixelRectangle(
      x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }
}
