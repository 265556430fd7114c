import Architecture
import Classification
import JSON
import Kernels
import ModelLibrary
import Network
import Preprocessing
import Search
import System

/// A model, one of its layers, and how pictures get to it: what features are made with.
struct FeatureModel {
  let model: Model
  let layer: LayerSummary
  let description: IndexDescription
  let options: ClassifierOptions

  /// - Parameters:
  ///   - reference: what `--model` was; nil for the default model.
  init(
    _ model: Model, _ source: ModelSource, layer: LayerSummary, reference: String?,
    options: ClassifierOptions
  ) {
    self.model = model
    self.layer = layer
    self.options = options
    let arithmetic =
      switch model.precision {
      case .float32: "fp32"
      case .bfloat16: "bf16"
      case .int8: "int8"
      }
    let given = reference.map(RawPath.init(argument:))
    // The default model may be a file that has no name in the library.
    let opened =
      switch model.origin {
      case .builtIn: model.name
      case .file(let path): path
      }
    description = IndexDescription(
      model: model.name,
      modelReference: given.map { $0.isUTF8 ? $0.repaired : nil } ?? opened,
      modelDigest: source.fingerprint, layer: layer.layer.name,
      preprocessing: model.preprocessing.json, decoding: options.pixelsJSON,
      arithmetic: arithmetic,
      folder: workingDirectory().flatMap { $0.isUTF8 ? $0.repaired : nil })
  }

  /// How many values a photo has.
  var length: Int { layer.output.count }

  /// Features of photos, without the digests of their files.
  ///
  /// - Parameter photoSide: the longest side of the photos that come with the pictures; nil where
  ///   nobody needs them.
  func extractor(photoSide: Int?) -> FeatureExtractor {
    var options = options
    options.photoSide = photoSide
    return FeatureExtractor(
      model.parameters, layer: layer.layer.name, precision: model.precision,
      preprocessing: model.preprocessing, options: options)
  }

  /// Features of photos, with the digests of their files.
  var photoPipeline: Pipeline<PhotoFeatures> {
    Pipeline<PhotoFeatures>(
      model.parameters, layer: layer.layer.name, precision: model.precision,
      preprocessing: model.preprocessing, options: options, digest: { ContentDigest.bytes(of: $0) })
  }

  /// Refuses an index whose features cannot be compared with those of this model.
  func check(_ index: FeatureIndex, path: RawPath) throws {
    let differences = index.description.differences(from: description)
    guard differences.isEmpty, index.rows.length == length else {
      throw CommandFailure(.differs(path: path.repaired, differences: differences))
    }
  }
}

extension ClassifierOptions {
  /// The options that decide the pixels of photos that are not damaged.
  fileprivate var pixelsJSON: JSONValue {
    ["exact": decodingJSON["exact"] ?? .null, "background": decodingJSON["background"] ?? .null]
  }
}

/// The SHA-256 of the contents of files.
enum ContentDigest {
  static func bytes(of contents: Span<UInt8>) -> [UInt8] {
    var builder = DigestBuilder(.sha256)
    builder.update(contents)
    return bytes(builder)
  }

  /// The digest of a file; nil where it cannot be read.
  static func bytes(of path: RawPath) -> [UInt8]? {
    guard let file = try? RandomAccessFile(opening: path) else { return nil }
    var builder = DigestBuilder(.sha256)
    var buffer: [UInt8] = []
    var position = 0
    while true {
      guard let count = try? file.read(at: position, count: 1 << 18, into: &buffer) else {
        return nil
      }
      if count == 0 { return bytes(builder) }
      builder.update(buffer.span.extracting(0..<count))
      position += count
    }
  }

  private static func bytes(_ builder: DigestBuilder) -> [UInt8] {
    let digits = Array(builder.digest.hexadecimal.utf8)
    return stride(from: 0, to: digits.count, by: 2).map { start in
      UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) ?? 0
    }
  }
}
