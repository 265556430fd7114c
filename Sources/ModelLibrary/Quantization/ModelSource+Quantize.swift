import Architecture
import Images
import Network
import Preprocessing
public import System
import Tensors
import WeightFiles

/// A model in 8 bits, and what its activations were measured on.
public struct QuantizedModel: Sendable {
  public let converted: ConvertedModel
  /// Pictures that the activations were measured on.
  public let pictures: Int
  /// Pictures that could not be read.
  public let failures: Int
}

extension ModelSource {
  /// The 8-bit form of the model (`QuantizedForm`), with its activations measured on the images of a
  /// folder.
  ///
  /// - Parameters:
  ///   - folder: images like those to come; labels are not needed.
  ///   - limit: the most pictures to use, spread evenly over the folder.
  ///   - threads: how many cores to use.
  ///   - stop: ends it early when raised.
  ///   - report: told of each picture whether it failed, and how many there are.
  /// - Throws: ``ModelError``.
  public func quantized(
    calibratingOn folder: RawPath, limit: Int = 500, threads: Int, stop: StopFlag? = nil,
    report: (_ failed: Bool, _ total: Int) -> Void = { _, _ in }
  ) throws(ModelError) -> QuantizedModel {
    guard reader.metadata[QuantizedForm.activationsEntry] == nil else {
      throw .alreadyQuantized(file: reader.file)
    }
    let weights = try selfDescribing()
    let network: Network
    do throws(NetworkError) {
      network = try model.network.prepared(for: .latency)
    } catch {
      throw .notAlexNet(file: reader.file, error)
    }
    var ranges: ActivationRanges
    do throws(NetworkError) {
      ranges = try ActivationRanges(model, network: network, threads: threads)
    } catch {
      throw .notAlexNet(file: reader.file, error)
    }
    var failures = 0
    let images = Self.images(in: folder, limit: limit)
    for image in images {
      if stop?.isRaised == true { throw .interrupted }
      let picture = picture(image)
      if let picture {
        ranges.observe { model.preprocessing.normalize(picture, into: &$0) }
      } else {
        failures += 1
      }
      report(picture == nil, images.count)
    }
    guard ranges.pictures > 0 else { throw .noPictures(folder: folder.repaired) }
    if stop?.isRaised == true { throw .interrupted }
    let quantized: WeightFile
    do {
      quantized = try QuantizedForm.encode(
        weights, activations: ranges.ranges, points: ranges.points)
    } catch {
      throw .damaged(file: reader.file, error)
    }
    return QuantizedModel(
      converted: try converted(quantized), pictures: ranges.pictures, failures: failures)
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

  private func picture(_ path: RawPath) -> RGBImage? {
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
