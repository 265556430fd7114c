/// The course of a training run as a drawing: losses above, the validation accuracy below.
public struct LearningCurves: Sendable {
  /// What one epoch gave.
  public struct Point: Sendable, Equatable {
    public var epoch: Int
    public var trainingLoss: Double
    public var validationLoss: Double
    /// 0 to 1.
    public var validationAccuracy: Double

    public init(
      epoch: Int, trainingLoss: Double, validationLoss: Double, validationAccuracy: Double
    ) {
      self.epoch = epoch
      self.trainingLoss = trainingLoss
      self.validationLoss = validationLoss
      self.validationAccuracy = validationAccuracy
    }
  }

  private let points: [Point]

  public init(_ points: [Point]) { self.points = points }

  // The drawing's measures, in pixels.
  private static let width = 720.0
  private static let panelHeight = 220.0
  private static let margin = (left: 60.0, right: 120.0, top: 30.0, between: 50.0, bottom: 45.0)

  private struct Curve {
    let name: String
    let color: String
    let values: [Double]
  }

  /// The drawing as an SVG file.
  public var svg: String {
    let height =
      Self.margin.top + 2 * Self.panelHeight + Self.margin.between + Self.margin.bottom
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.number(Self.width))" \
      height="\(Self.number(height))" font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>

      """
    text += panel(
      title: "loss", top: Self.margin.top, limit: nil,
      curves: [
        Curve(name: "training", color: "#1f77b4", values: points.map(\.trainingLoss)),
        Curve(name: "validation", color: "#d62728", values: points.map(\.validationLoss)),
      ])
    text += panel(
      title: "validation accuracy in percent",
      top: Self.margin.top + Self.panelHeight + Self.margin.between, limit: 100,
      curves: [
        Curve(
          name: "accuracy", color: "#2ca02c", values: points.map { 100 * $0.validationAccuracy })
      ])
    text +=
      "<text x=\"\(Self.number(Self.width / 2))\" y=\"\(Self.number(height - 8))\" "
      + "text-anchor=\"middle\">epoch</text>\n</svg>\n"
    return text
  }

  private var plotWidth: Double { Self.width - Self.margin.left - Self.margin.right }

  private func x(_ index: Int) -> Double {
    Self.margin.left
      + plotWidth * (points.count > 1 ? Double(index) / Double(points.count - 1) : 0.5)
  }

  /// - Parameter limit: the top of the axis; nil for the largest value.
  private func panel(
    title: String, top: Double, limit: Double?, curves: [Curve]
  ) -> String {
    let largest = limit ?? Self.rounded(curves.flatMap(\.values).filter(\.isFinite).max() ?? 1)
    func y(_ value: Double) -> Double {
      top + Self.panelHeight * (1 - min(max(value / largest, 0), 1))
    }
    var text =
      "<text x=\"\(Self.number(Self.margin.left))\" y=\"\(Self.number(top - 10))\">\(title)</text>\n"
    for step in 0...4 {
      let value = largest * Double(step) / 4
      text += """
        <line x1="\(Self.number(Self.margin.left))" x2="\(Self.number(Self.margin.left + plotWidth))" \
        y1="\(Self.number(y(value)))" y2="\(Self.number(y(value)))" stroke="#dddddd"/>
        <text x="\(Self.number(Self.margin.left - 6))" y="\(Self.number(y(value) + 4))" \
        text-anchor="end">\(Self.number(value))</text>

        """
    }
    let ticks = min(10, points.count)
    for tick in 0..<ticks {
      let index = ticks > 1 ? tick * (points.count - 1) / (ticks - 1) : 0
      text += """
        <text x="\(Self.number(x(index)))" y="\(Self.number(top + Self.panelHeight + 16))" \
        text-anchor="middle">\(points[index].epoch)</text>

        """
    }
    for (position, curve) in curves.enumerated() {
      let path = curve.values.enumerated().filter { $0.element.isFinite }
        .map { "\(Self.number(x($0.offset))),\(Self.number(y($0.element)))" }
        .joined(separator: " ")
      text += """
        <polyline fill="none" stroke="\(curve.color)" stroke-width="2" points="\(path)"/>
        <text x="\(Self.number(Self.margin.left + plotWidth + 10))" \
        y="\(Self.number(top + 14 + 18 * Double(position)))" fill="\(curve.color)">\(curve.name)</text>

        """
    }
    return text
  }

  /// The next larger of 1, 2, 4, 5 and 10 times a power of ten.
  private static func rounded(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 1 }
    var power = 1.0
    while power * 10 <= value { power *= 10 }
    while power > value { power /= 10 }
    return ([1, 2, 4, 5, 10].first { $0 * power >= value } ?? 10) * power
  }

  /// A number in at most two decimals.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }
}
