import Architecture
import Classification
import Images
import Network
import Preprocessing
import System

/// Explains pictures one by one, for a worker of a pipeline.
final class ExplanationPass: PicturePass {
  /// Or why there is none.
  private let explainer: Result<Explainer, ExplanationError>
  private let preprocessing: Preprocessing
  private let labels: [ClassLabel]
  private let inputSize: Int
  private let options: ExplanationOptions
  private let sheets: ExplanationSheets
  private let memory: MemoryBudget
  private let stop: StopFlag
  private var pictures: [Picture] = []

  init(
    _ explainer: Result<Explainer, ExplanationError>, _ network: ExplainedNetwork,
    labels: [ClassLabel],
    options: ExplanationOptions, memory: MemoryBudget, stop: StopFlag
  ) {
    self.explainer = explainer
    self.labels = labels
    self.options = options
    self.memory = memory
    self.stop = stop
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
    let evidence: Explainer.Evidence
    do throws(ExplanationError) {
      evidence = try explainer.get().evidence(image, classes: options.classes)
    } catch {
      throw ItemFailure(.internal, error.description)
    }
    if stop.isRaised { throw ItemFailure(SystemError.stopped) }
    guard evidence.isFinite else { throw .notFinite }
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
        try memory.holding(
          ExplanationSheets.memory(photo, classes: classes.count), for: "drawing the picture"
        ) { () throws(ItemFailure) in
          try sheets.pngFile(
            photo, fullSize: picture.fullSize, geometry, classes,
            maps: evidence.classes.map(\.map))
        }
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
    let seen = SeenEvidence(found.map, inputSize: inputSize, geometry: geometry)
    let strength = seen.maximum
    guard strength > found.noise else {
      return ClassExplanation(
        prediction: prediction, raw: found.raw, strength: 0, peak: nil, box: nil)
    }
    func pixel(_ place: Int, _ axis: InputGeometry.Axis, _ size: Int) -> Int {
      min(max(Int(axis.photo(Double(place) + 0.5)), 0), size - 1)
    }
    let peak = seen.peak
    return ClassExplanation(
      prediction: prediction, raw: found.raw, strength: strength,
      peak: (
        pixel(peak.x, geometry.columns, size.width), pixel(peak.y, geometry.rows, size.height)
      ),
      box: options.findsBoxes ? EvidenceBox(seen, geometry: geometry, photo: size) : nil)
  }
}
