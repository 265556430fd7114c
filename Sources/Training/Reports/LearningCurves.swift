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
    let color: Figure.Color
    let values: [Double]
  }

  /// The drawing, `width` x `height` units with the origin at the top left.
  public var drawing: Figure {
    let height =
      Self.margin.top + 2 * Self.panelHeight + Self.margin.between + Self.margin.bottom
    var drawing = Figure(width: Self.width, height: height)
    addPanel(
      title: "loss", top: Self.margin.top, limit: nil,
      curves: [
        Curve(name: "training", color: .blue, values: points.map(\.trainingLoss)),
        Curve(name: "validation", color: .red, values: points.map(\.validationLoss)),
      ], to: &drawing)
    addPanel(
      title: "validation accuracy in percent",
      top: Self.margin.top + Self.panelHeight + Self.margin.between, limit: 100,
      curves: [
        Curve(
          name: "accuracy", color: .green, values: points.map { 100 * $0.validationAccuracy })
      ], to: &drawing)
    drawing.addText("epoch", x: Self.width / 2, y: height - 8, anchor: .middle)
    return drawing
  }

  private var plotWidth: Double { Self.width - Self.margin.left - Self.margin.right }

  private func x(_ index: Int) -> Double {
    Self.margin.left
      + plotWidth * (points.count > 1 ? Double(index) / Double(points.count - 1) : 0.5)
  }

  /// - Parameter limit: the top of the axis; nil for the largest value.
  private func addPanel(
    title: String, top: Double, limit: Double?, curves: [Curve], to drawing: inout Figure
  ) {
    let largest = limit ?? Self.rounded(curves.flatMap(\.values).filter(\.isFinite).max() ?? 1)
    let (left, right) = (Self.margin.left, Self.margin.left + plotWidth)
    func y(_ value: Double) -> Double {
      top + Self.panelHeight * (1 - min(max(value / largest, 0), 1))
    }
    drawing.addText(title, x: left, y: top - 10)
    for (step, text) in Figure.ticks(upTo: largest, steps: 4).enumerated() {
      let value = largest * Double(step) / 4
      drawing.addLine([(left, y(value)), (right, y(value))], width: 1, color: .lightGray)
      drawing.addText(text, x: left - 6, y: y(value) + 4, anchor: .end)
    }
    let ticks = min(10, points.count)
    for tick in 0..<ticks {
      let index = ticks > 1 ? tick * (points.count - 1) / (ticks - 1) : 0
      drawing.addText(
        String(points[index].epoch), x: x(index), y: top + Self.panelHeight + 16, anchor: .middle)
    }
    for (position, curve) in curves.enumerated() {
      drawing.addLine(
        curve.values.enumerated().filter { $0.element.isFinite }
          .map { (x($0.offset), y($0.element)) }, width: 2, color: curve.color)
      drawing.addText(
        curve.name, x: right + 10, y: top + 14 + 18 * Double(position), color: curve.color)
    }
  }

  /// The next larger of 1, 2, 4, 5 and 10 times a power of ten.
  private static func rounded(_ value: Double) -> Double {
    // A log may hold any number. These have a power of ten that is a number, too.
    guard value > 1e-300, value < 1e300 else { return 1 }
    var power = 1.0
    while power * 10 <= value { power *= 10 }
    while power > value { power /= 10 }
    return ([1, 2, 4, 5, 10].first { $0 * power >= value } ?? 10) * power
  }
}
