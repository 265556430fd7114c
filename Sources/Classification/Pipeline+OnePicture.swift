extension Pipeline {
  /// The answer for one picture in memory.
  ///
  /// - Parameter file: the bytes of an image file.
  /// - Throws: why there is none.
  public func answer(toFile file: Span<UInt8>) throws(ItemFailure) -> Answer {
    let fileMemory = FileMemory(memory, size: file.count)
    defer { fileMemory.end() }
    let picture = try pictures.picture(from: file, memory: fileMemory)
    let pass = makePass(1, options.threads)
    pass.write(picture, to: 0)
    pass.forward(count: 1)
    return try pass.answer(0)
  }
}
