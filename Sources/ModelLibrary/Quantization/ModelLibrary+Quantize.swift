import ImageDecoding
import Network
import Preprocessing
public import System
import Tensors
import WeightFiles

/// What quantising a model did.
public struct QuantizationReport: Sendable, Equatable {
  public let originalBytes: Int
  public let quantizedBytes: Int
  /// Pictures that the activations were measured on.
  public let pictures: Int
  /// Pictures that could not be read.
  public let failures: Int
}

extension ModelLibrary {
  /// Writes the 8-bit form (`QuantizedForm`) of a weight file, with its activations measured on the
  /// images of a folder.
  ///
  /// - Parameters:
  ///   - folder: images like those to come; labels are not needed.
  ///   - limit: the most pictures to use, spread evenly over the folder.
  ///   - threads: how many cores to use.
  /// - Throws: ``ModelError``; then there is no new file.
  public func quantize(
    _ path: RawPath, calibratingOn folder: RawPath, to output: RawPath, limit: Int = 500,
    threads: Int
  ) throws(ModelError) -> QuantizationReport {
    let storage = try Self.map(path)
    let weights = try NativeForm(options: ImportOptions()).weights(from: path, storage)
    let reader = try ModelReader(weights, file: path.repaired)
    let model = try reader.model(origin: .file(path.repaired))
    let network: Network
    do throws(NetworkError) {
      network = try model.network.prepared(for: .latency)
    } catch {
      throw .notAlexNet(file: path.repaired, error)
    }
    var ranges = ActivationRanges(model, network: network, threads: threads)
    var failures = 0
    for image in Self.images(in: folder, limit: limit) {
      if let picture = Self.picture(image, model) {
        ranges.observe { model.preprocessing.normalize(picture, into: &$0) }
      } else {
        failures += 1
      }
    }
    guard ranges.pictures > 0 else { throw .noPictures(folder: folder.repaired) }

    let quantized: WeightFile
    do {
      quantized = try QuantizedForm.encode(reader.weights, activations: ranges.ranges)
    } catch {
      throw .damaged(file: path.repaired, error)
    }
    let size = try Self.write(quantized, to: output)
    return QuantizationReport(
      originalBytes: storage.count, quantizedBytes: size, pictures: ranges.pictures,
      failures: failures)
  }

  private static func images(in folder: RawPath, limit: Int) -> [RawPath] {
    let walk = DirectoryWalk(folder)
    var paths: [RawPath] = []
    while let entry = walk.next() {
      if case .file(let path) = entry { paths.append(path) }
    }
    let count = min(limit, paths.count)
    return (0..<count).map { paths[$0 * paths.count / count] }
  }

  private static func picture(_ path: RawPath, _ model: Model) -> RGBImage? {
    guard let bytes = try? readFile(path, limit: 512 << 20) else { return nil }
    var options = DecodeOptions()
    let preprocessing = model.preprocessing
    options.sufficientSize = { size in preprocessing.sufficientSize(for: size) }
    guard let decoded = try? decodeImage(bytes.span, options: options),
      let picture = try? preprocessing.pixels(from: decoded),
      picture.width == model.network.architecture.inputSize,
      picture.height == model.network.architecture.inputSize
    else { return nil }
    return picture
  }
}
