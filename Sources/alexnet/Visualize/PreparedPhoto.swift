import ArgumentParser
import Classification
import Images
import Preprocessing
import System

/// Reads one photo, prepared as some preprocessing says.
enum PreparedPhoto {
  /// - Parameters:
  ///   - size: width and height that the result must have; nil for any.
  /// - Throws: what ends the command if the photo cannot be read.
  static func read(
    _ path: RawPath, _ preprocessing: Preprocessing, size: Int?, _ decoding: DecodingOptions
  ) throws -> RGBImage {
    var options = ClassifierOptions()
    decoding.apply(to: &options)
    do {
      let bytes = try readFile(path, limit: options.readLimit)
      return try image(bytes, preprocessing, size: size, options)
    } catch let error as SystemError {
      throw CommandFailure(.noInput, error.description)
    } catch let failure as ItemFailure {
      throw CommandFailure(.inputFailed, "\(path.repaired): \(failure.message)")
    }
  }

  /// The picture in a file's bytes, read and prepared as those of every photo are.
  private static func image(
    _ bytes: [UInt8], _ preprocessing: Preprocessing, size: Int?, _ options: ClassifierOptions
  ) throws(ItemFailure) -> RGBImage {
    let memory = FileMemory(MemoryBudget(options.maxMemory), size: bytes.count)
    defer { memory.end() }
    let picture = try ModelPictures(preprocessing, inputSize: size, options: options)
      .picture(from: bytes.span, memory: memory)
    guard let image = picture.images.first else { throw ItemFailure(.internal, "no picture") }
    return image
  }
}
