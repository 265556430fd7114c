import Architecture
public import Classification
import Drawing
import Images
import Network
import Preprocessing
public import System
import Threads

/// Draws heat maps over small photos, one photo after the other. Only one thread at a time may use
/// it.
public final class HeatMapOverlays {
  /// A heat map over a photo.
  public struct Overlay: Sendable {
    public let classIndex: Int
    /// What the network says of the class.
    public let probability: Float
    public let jpegFile: [UInt8]
  }

  private let network: ExplainedNetwork
  private let explainer: Explainer
  private let pictures: ModelPictures
  private let options: ClassifierOptions
  private let memory: MemoryBudget

  private static let quality = 80
  /// Pixels from one stripe to the next where the network sees nothing.
  private static let hatching = 8

  /// - Parameter side: the longest side of the photos, in pixels.
  /// - Throws: ``ExplanationError`` where the network has no such layer as the method names.
  public init(
    _ network: ExplainedNetwork, options: ClassifierOptions, side: Int
  ) throws(ExplanationError) {
    var options = options
    options.photoSide = side
    options.views = .one
    self.options = options
    self.network = network
    explainer = try Explainer(network, pool: WorkerPool(threads: options.threads))
    pictures = ModelPictures(
      network.preprocessing, inputSize: network.parameters.architecture.inputSize,
      options: options)
    memory = MemoryBudget(options.maxMemory)
  }

  /// The evidence for some classes, drawn on one scale.
  ///
  /// - Parameter classes: their indices in the model's output.
  /// - Throws: ``ItemFailure`` if the photo cannot be read or explained.
  public func overlays(of path: RawPath, classes: [Int]) throws(ItemFailure) -> [Overlay] {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try readFile(path, limit: min(options.readLimit, options.maxMemory))
    } catch {
      throw ItemFailure(error)
    }
    let fileMemory = FileMemory(memory, size: bytes.count)
    defer { fileMemory.end() }
    let picture = try pictures.picture(from: bytes.span, memory: fileMemory)
    guard let image = picture.images.first, let photo = picture.photo else {
      throw ItemFailure(.internal, "no picture")
    }
    let evidence = explainer.evidence(image, classes: classes)
    guard evidence.isFinite else { throw .notFinite }
    let geometry: InputGeometry
    do throws(PreprocessingError) {
      geometry = try network.preprocessing.geometry(for: picture.fullSize)
    } catch {
      throw ItemFailure(error)
    }
    let found = evidence.classes.map { one in
      let map = HeatMap(one.map, photo: photo, fullSize: picture.fullSize, geometry)
      return (one, map, one.isPositive ? map.maximum : 0)
    }
    let maximum = found.map(\.2).max() ?? 0
    var overlays: [Overlay] = []
    for (one, map, own) in found {
      var canvas = Canvas(width: photo.width, height: photo.height)
      canvas.draw(
        map, x: 0, y: 0, colors: .evidence, maximum: own > 0 ? maximum : 0,
        hatching: Self.hatching)
      do throws(ImageDecodingError) {
        overlays.append(
          Overlay(
            classIndex: one.index, probability: evidence.probabilities[one.index],
            jpegFile: try canvas.image.jpegFile(quality: Self.quality)))
      } catch {
        throw ItemFailure(error)
      }
    }
    return overlays
  }
}

extension HeatMap {
  /// The largest value where the network sees the photo.
  fileprivate var maximum: Float {
    var largest: Float = 0
    for y in seen.y..<seen.y + seen.height {
      for x in seen.x..<seen.x + seen.width { largest = max(largest, values[y * photo.width + x]) }
    }
    return largest
  }
}
