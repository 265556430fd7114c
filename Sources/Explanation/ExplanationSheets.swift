import Classification
import Drawing
import Images
import Preprocessing

/// Draws explanations: a picture for each class, side by side, on one scale.
struct ExplanationSheets {
  let caption: String
  private let unit: Unit

  private enum Unit {
    case number
    case percent
  }

  init(_ method: ExplanationMethod) {
    switch method {
    case .gradCAM(let layer):
      caption = "Evidence for the class: Grad-CAM at \(layer)"
      unit = .number
    case .occlusion(let windows):
      caption =
        "Probability lost when a window of \(windows.size) x \(windows.size) pixels is covered"
      unit = .percent
    case .gradient:
      caption = "Largest absolute gradient of the class's logit over the colour channels"
      unit = .number
    }
  }

  /// The picture as a PNG file.
  ///
  /// - Parameters:
  ///   - photo: the whole photo, in the size in which it is drawn.
  ///   - fullSize: the size of the photo in its file.
  ///   - maps: of each class, the values to draw.
  func pngFile(
    _ photo: RGBImage, fullSize: PixelSize, _ geometry: InputGeometry,
    _ classes: [ClassExplanation], maps: [EvidenceMap]
  ) throws(ItemFailure) -> [UInt8] {
    let (xScale, yScale) = (
      Double(photo.width) / Double(fullSize.width), Double(photo.height) / Double(fullSize.height)
    )
    let columns = (0..<photo.width).map { geometry.columns.input((Double($0) + 0.5) / xScale) }
    let rows = (0..<photo.height).map { geometry.rows.input((Double($0) + 0.5) / yScale) }
    let seenColumns = Self.pixels(geometry.columns.seen, xScale, photo.width)
    let seenRows = Self.pixels(geometry.rows.seen, yScale, photo.height)
    let seen = PixelRectangle(
      x: seenColumns.lowerBound, y: seenRows.lowerBound, width: seenColumns.count,
      height: seenRows.count)
    let maximum = classes.map(\.strength).max() ?? 0
    let panels = zip(classes, maps).map { explanation, map in
      HeatMapSheet.Panel(
        title: Self.title(explanation),
        map: HeatMap(
          photo: photo, values: map.sampled(columns: columns, rows: rows), seen: seen),
        remark: explanation.strength > 0 ? nil : "no positive evidence",
        boxes: explanation.box.map { [Self.scaled($0, xScale, yScale)] } ?? [])
    }
    let sheet = HeatMapSheet(
      panels: panels, caption: caption, maximum: maximum,
      ticks: maximum > 0 ? ticks(maximum) : [])
    do throws(ImageDecodingError) {
      return try sheet.draw().pngFile(fast: true)
    } catch {
      throw ItemFailure(error)
    }
  }

  private static func title(_ explanation: ClassExplanation) -> String {
    let prediction = explanation.prediction
    return prediction.label + "  " + percent(prediction.probability)
  }

  private static func pixels(
    _ seen: ClosedRange<Double>, _ scale: Double, _ size: Int
  ) -> Range<Int> {
    let first = min(max(Int((seen.lowerBound * scale).rounded()), 0), size)
    return first..<max(first, min(Int((seen.upperBound * scale).rounded()), size))
  }

  private static func scaled(
    _ box: EvidenceBox, _ xScale: Double, _ yScale: Double
  ) -> PixelRectangle {
    let (left, top) = (Double(box.x) * xScale, Double(box.y) * yScale)
    let right = Double(box.x + box.width) * xScale
    let bottom = Double(box.y + box.height) * yScale
    return PixelRectangle(
      x: Int(left.rounded()), y: Int(top.rounded()),
      width: max(1, Int(right.rounded()) - Int(left.rounded())),
      height: max(1, Int(bottom.rounded()) - Int(top.rounded())))
  }

  /// The numbers of the scale.
  private func ticks(_ maximum: Float) -> [String] {
    switch unit {
    case .percent: NumberText.scale(upTo: maximum * 100).map { $0 + "%" }
    case .number: NumberText.scale(upTo: maximum)
    }
  }

  /// In percent, with one digit behind the point, or enough digits for a small share.
  private static func percent(_ share: Float) -> String {
    let value = share * 100
    return
      (value == 0 || value >= 0.1
      ? NumberText.fixed(value, 1) : NumberText.threeDigits(value)) + "%"
  }
}
