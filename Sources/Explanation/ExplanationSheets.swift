import Classification
import Drawing
import Images
import Preprocessing

/// Draws explanations: a picture for each class, side by side, on one scale.
struct ExplanationSheets {
  let caption: String
  /// What a picture without colours says.
  let remark: String
  /// What boxes are round.
  let boxLegend: String
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
        "Probability lost when a window of \(windows.size) x \(windows.size) pixels of the "
        + "network's input is covered"
      unit = .percent
    case .gradient:
      // The absolute value does not tell evidence for the class from evidence against it.
      caption = "Gradient: how much each pixel moves the class's logit, up or down"
      unit = .number
      remark = "no gradient"
      boxLegend = "round the largest gradients"
      return
    }
    remark = "no positive evidence"
    boxLegend = "round the strongest evidence"
  }

  /// About how many bytes drawing takes at most. Next to the photo as it is, a pixel of the sheet
  /// has a colour, a value, its part of the file before it is compressed, and that of the file.
  static func memory(_ photo: RGBImage, classes: Int) -> Int {
    let side = max(photo.width, photo.height)
    // With the gaps, the titles and the legend, which grow with the photo.
    let width = max(photo.width, side * 11 / 20 + 200) + side / 30 + 20
    let height = photo.height + side / 3 + 200
    return classes * width * height * (3 + 4 + 3 + 3)
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
    let maximum = classes.map(\.strength).max() ?? 0
    let panels = zip(classes, maps).map { explanation, map in
      HeatMapSheet.Panel(
        title: explanation.prediction.label,
        value: Self.percent(explanation.prediction.probability),
        map: HeatMap(map, photo: photo, fullSize: fullSize, geometry),
        remark: explanation.strength > 0 ? nil : remark,
        boxes: explanation.box.map { [Self.scaled($0, xScale, yScale)] } ?? [])
    }
    var sheet = HeatMapSheet(
      panels: panels, caption: caption, maximum: maximum,
      ticks: maximum > 0 ? ticks(maximum) : [])
    sheet.boxLegend = boxLegend
    do throws(ImageDecodingError) {
      return PictureMark.explain.marked(try sheet.draw().pngFile(fast: true))
    } catch {
      throw ItemFailure(error)
    }
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
