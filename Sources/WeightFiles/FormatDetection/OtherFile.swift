import Tensors

/// A file that is something else than weights, and what can be done about it.
public struct OtherFile: Sendable, Equatable {
  /// What the file is, such as "an HTML page".
  public let kind: String
  /// What to do.
  public let advice: String

  /// What a file is that begins with these bytes and is none of ``WeightFileFormat``; nil where
  /// that is not known.
  init?(_ storage: Storage) {
    if let message = OtherFile(protobuf: storage) {
      self = message
      return
    }
    guard let known = Self.known.first(where: { $0.matches(storage) }) else { return nil }
    (kind, advice) = (known.kind, known.advice)
  }

  private init(kind: String, advice: String) {
    self.kind = kind
    self.advice = advice
  }

  /// A protobuf message that is no network, told by its first fields; nil where it may be one.
  init?(protobuf storage: Storage) {
    var reader = ByteReader(storage, format: .onnx)
    func key(_ number: Int, _ kind: WireKey.Kind) -> Bool {
      (try? reader.wireKey("a field")).map { $0.number == number && $0.kind == kind } ?? false
    }
    guard key(1, .varint), let first = try? reader.varint("a field") else { return nil }
    let rest = reader
    if key(2, .varint), (try? reader.varint("a field")) != nil, key(3, .varint) {
      // BlobProto: num, channels, height.
      self.init(
        kind: "a Caffe blob, such as the mean of a network's pictures",
        advice: "the weights are in the .caffemodel file, and --preprocess can have a mean")
      return
    }
    reader = rest
    guard key(2, .lengthDelimited), let range = try? reader.lengthDelimited("a field") else {
      return nil
    }
    let content = storage.array(range.lowerBound..<range.lowerBound + min(1024, range.count))
    let name = String(decoding: content, as: UTF8.self)
    if name.hasSuffix(".caffemodel") || name.hasSuffix(".caffemodel.h5") {
      self.init(
        kind: "the state of a training with Caffe", advice: "the weights are in the file \(name)")
    } else if first == 1, content.first == 0x0A {
      // SavedModel's version is 1, and its first graph begins with a message.
      self.init(
        kind: "a SavedModel of TensorFlow",
        advice: "convert it to ONNX, with tf2onnx for example, or save the weights as .npz")
    } else {
      return nil
    }
  }

  private struct Known {
    /// How such files begin; nil where ``matches(_:)`` looks further.
    var beginnings: [[UInt8]]
    /// Where that beginning is.
    var offset = 0
    /// Whether white space may come first, and upper case stands for lower case.
    var isText = false
    let kind: String
    let advice: String

    func matches(_ storage: Storage) -> Bool {
      guard isText else { return beginnings.contains { storage.has($0, at: offset) } }
      let text = storage.array(0..<min(1024, storage.count))
        .drop { $0 == 0x20 || (0x09...0x0D).contains($0) || [0xEF, 0xBB, 0xBF].contains($0) }
        .map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
      return beginnings.contains { text.starts(with: $0) }
    }
  }

  private static func text(_ beginnings: String..., kind: String, advice: String) -> Known {
    Known(beginnings: beginnings.map { Array($0.utf8) }, isText: true, kind: kind, advice: advice)
  }

  private static func compressed(_ beginning: [UInt8], _ program: String, with tool: String)
    -> Known
  {
    Known(
      beginnings: [beginning], kind: "compressed with \(program)",
      advice: "'\(tool)' makes the file of it that can be read")
  }

  private static let image = "give it as an input, and the weights with --model"

  private static let known: [Known] = [
    text(
      "version https://git-lfs", kind: "a Git LFS pointer, which stands for the file",
      advice: "'git lfs pull' in its repository fetches the file itself"),
    text(
      "<!doctype html", "<html", kind: "an HTML page",
      advice: "the download may have ended at a web page; download the file itself"),
    text("<?xml", kind: "an XML file", advice: "download the file itself"),
    text(
      "{", "[", kind: "a JSON file",
      advice: "the weights are in another file, which JSON may describe"),
    text(
      "name:", "layer {", "layers {", kind: "a description of a Caffe network in text",
      advice: "the weights are in the .caffemodel file"),
    Known(
      beginnings: [[0x89] + Array("HDF\r\n".utf8)],
      kind: "an HDF5 file, as Keras and MATLAB write it",
      advice: "save the weights as .npz or safetensors"),
    compressed([0x1F, 0x8B], "gzip", with: "gunzip"),
    compressed([0x28, 0xB5, 0x2F, 0xFD], "Zstandard", with: "unzstd"),
    compressed([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz", with: "unxz"),
    compressed(Array("BZh".utf8), "bzip2", with: "bunzip2"),
    Known(
      beginnings: [Array("ustar".utf8)], offset: 257, kind: "a tar archive",
      advice: "'tar xf' unpacks it"),
    Known(
      beginnings: [[0x50, 0x4B, 3, 4]], kind: "a ZIP archive without PyTorch's or NumPy's weights",
      advice: "'unzip' unpacks it"),
    Known(beginnings: [Array("%PDF".utf8)], kind: "a PDF file", advice: "download the file itself"),
    Known(beginnings: [[0xFF, 0xD8, 0xFF]], kind: "a JPEG image", advice: image),
    Known(beginnings: [[0x89, 0x50, 0x4E, 0x47]], kind: "a PNG image", advice: image),
    Known(beginnings: [Array("GIF8".utf8)], kind: "a GIF image", advice: image),
  ]
}
