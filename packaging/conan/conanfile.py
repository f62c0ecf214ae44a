"""conan create packaging/conan: the header, or with -o lstmfc/*:static=True the library compiled once."""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class Lstmfc(ConanFile):
    name = "lstmfc"
    license = "MIT-0 OR Unlicense"
    description = "LSTM forecasting of market candles in one C99 header"
    topics = ("lstm", "forecasting", "header-only")
    settings = "os", "compiler", "build_type", "arch"
    options = {"static": [True, False]}
    default_options = {"static": False}

    @property
    def root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        with open(os.path.join(self.root, "lstmfc.h"), encoding="utf-8") as file:
            self.version = re.search(r'LSTMFC_VERSION_TEXT +"(.*)"', file.read()).group(1)

    def export_sources(self):
        for pattern in ("lstmfc.h", "CMakeLists.txt", "LICENSE", "packaging/lstmfc*", "packaging/cmake/*"):
            copy(self, pattern, self.root, self.export_sources_folder)

    def package_id(self):
        if not self.info.options.static:
            self.info.settings.clear()

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables.update(LSTMFC_STATIC_LIBRARY=bool(self.options.static), LSTMFC_TOOL=False, LSTMFC_INSTALL=True)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = ["lib"] if self.options.static else []
        self.cpp_info.libs = ["lstmfc"] if self.options.static else []
        self.cpp_info.set_property("cmake_target_name", "lstmfc::static" if self.options.static else "lstmfc::lstmfc")
        if self.settings.get_safe("os") != "Windows":
            self.cpp_info.system_libs = ["m", "pthread"]
