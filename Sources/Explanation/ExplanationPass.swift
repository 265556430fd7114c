import Architecture
import Classification
import Images
import Network
import Preprocessing

/// Explains pictures one by one, for a worker of a pipeline.
final class ExplanationPass: PicturePass {
  private let explainer: Explainer
  private let preprocessing: Preprocessing
  private let labels: [ClassLabel]
  private let inputSize: Int
  private let options: ExplanationOptions
  private let sheets: ExplanationSheets
  private var pictures: [Picture] = []

  init(
    _ explainer: Explainer, _ network: ExplainedNetwork, labels: [ClassLabel],
    options: ExplanationOptions
  ) {
    self.explainer = explainer
    self.labels = labels
    self.options = options
    preprocessing = network.preprocessing
    inputSize = network.parameters.architecture.inputSize
    sheets = ExplanationSheets(network.method)
  }

  func write(_ picture: Picture, to index: Int) {
    pictures.removeSubrange(index...)
    pictures.append(picture)
  }

  /// Nothing: pictures are explained when their answers are asked for.
  func forward(count: Int) {}

  func answer(_ index: Int) throws(ItemFailure) -> PhotoExplanation {
    let picture = pictures[index]
    guard let image = picture.images.first else { throw ItemFailure(.internal, "no picture") }
    let evidence = explainer.evidence(image, classes: options.classes)
    guard evidence.probabilities.allSatisfy(\.isFinite) else { throw .notFinite }
    let geometry: InputGeometry
    do throws(PreprocessingError) {
      geometry = try preprocessing.geometry(for: picture.fullSize)
    } catch {
      throw ItemFailure(error)
    }
    let classes = evidence.classes.map {
      explanation($0, evidence.probabilities, geometry, picture.fullSize)
    }
    return PhotoExplanation(
      classes: classes, geometry: geometry,
      picture: try picture.photo.map { photo throws(ItemFailure) in
        try sheets.pngFile(
          photo, fullSize: picture.fullSize, geometry, classes, maps: evidence.classes.map(\.map))
      })
  }

  private func explanation(
    _ found: Explainer.ClassEvidence, _ probabilities: [Float], _ geometry: InputGeometry,
    _ size: PixelSize
  ) -> ClassExplanation {
    let index = found.index
    let label =
      index < labels.count ? labels[index] : ClassLabel(wnid: nil, label: "class \(index)")
    let prediction = Prediction(
      rank: 1 + probabilities.count { $0 > probabilities[index] }, index: index, wnid: label.wnid,
      label: label.label, probability: probabilities[index])
    guard found.isPositive else {
      return ClassExplanation(
        prediction: prediction, raw: found.raw, strength: 0, peak: nil, box: nil)
    }
    let map = found.map
    let place = map.values.indices.max { map.values[$0] < map.values[$1] } ?? 0
    func pixel(_ place: Int, _ axis: InputGeometry.Axis, _ size: Int) -> Int {
      let position = axis.photo(map.start + Double(place) * map.step)
      let seen = min(max(position, axis.seen.lowerBound), axis.seen.upperBound)
      return min(max(Int(seen), 0), size - 1)
    }
    return ClassExplanation(
      prediction: prediction, raw: found.raw, strength: map.maximum,
      peak: (
        pixel(place % map.width, geometry.columns, size.width),
        pixel(place / map.width, geometry.rows, size.height)
      ),
      box: options.findsBoxes
        ? EvidenceBox(map, inputSize: inputSize, geometry: geometry, photo: size) : nil)
  }
}
