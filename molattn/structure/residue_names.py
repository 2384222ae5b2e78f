"""Tables of residue and element names that the meaning of a residue is looked up in."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BACKBONE = _words("N CA C O")
_SIDE_CHAINS = {
    "ALA": "CB",
    "ARG": "CB CG CD NE CZ NH1 NH2",
    "ASN": "CB CG OD1 ND2",
    "ASP": "CB CG OD1 OD2",
    "CYS": "CB SG",
    "GLN": "CB CG CD OE1 NE2",
    "GLU": "CB CG CD OE1 OE2",
    "GLY": "",
    "HIS": "CB CG ND1 CD2 CE1 NE2",
    "ILE": "CB CG1 CG2 CD1",
    "LEU": "CB CG CD1 CD2",
    "LYS": "CB CG CD CE NZ",
    "MET": "CB CG SD CE",
    "PHE": "CB CG CD1 CD2 CE1 CE2 CZ",
    "PRO": "CB CG CD",
    "SER": "CB OG",
    "THR": "CB OG1 CG2",
    "TRP": "CB CG CD1 CD2 NE1 CE2 CE3 CZ2 CZ3 CH2",
    "TYR": "CB CG CD1 CD2 CE1 CE2 CZ OH",
    "VAL": "CB CG1 CG2",
}
# Heavy atoms of the twenty amino acids inside a chain (OXT stands only at its end).
HEAVY_ATOMS = {name: _BACKBONE | _words(atoms) for name, atoms in _SIDE_CHAINS.items()}

ONE_LETTER = dict(zip("ARNDCQEGHILKMFPSTWYV", HEAVY_ATOMS, strict=True))

_ALIASES_OF = {
    "HIS": "HID HIE HIP HSD HSE HSP HISA HISB HISD HISE HISH HIS1 HIS2 HIN HIX",
    "CYS": "CYX CYM CYSH CYS1 CYS2 CYN CYZ CYH",
    "ASP": "ASH ASPH ASPP ASZ ASX",
    "GLU": "GLH GLUH GLUP GLX",
    "LYS": "LYN LYSH LYSN LSN",
    "ARG": "ARN AR0 ARGN",
    "TYR": "TYM TYN",
    "PRO": "PROT",
}
# The same amino acid under the name of a protonation state or of a program.
ALIASES = {alias: parent for parent, names in _ALIASES_OF.items() for alias in names.split()}

_MODIFIED_OF = {
    "ALA": "DAL AIB ABA DHA MAA NAL BAL",
    "ARG": "DAR AGM 2MR DA2 CIR HMR",
    "ASN": "DSG MEN AHB",
    "ASP": "DAS BHD PHD ASA IAS ASB",
    "CYS": (
        "CSO CSD CSW CSX CME CMT CSS CSR CSP OCS SEC CAF CAS CAM SNC DCY YCM SMC SCY CCS CSU "
        "CY0 CY1 CY3 CYG CYQ P1L QCS SCH SCS BCS C5C EFC CSA CSZ"
    ),
    "GLN": "DGN MEQ GHG",
    "GLU": "DGL PCA CGU GMA 5HP",
    "GLY": "SAR GL3 MPQ NMC",
    "HIS": "DHI HIC MHS NEP HIQ OHI 2HF",
    "ILE": "DIL IIL",
    "LEU": "DLE NLE MLE CLE BUG NLP",
    "LYS": ("MLY M3L MLZ ALY KCX LLP DLY KCR LYZ DM0 MCL SLL KPI PYL LYX LYR 5CT FZN PRK TRG SHR"),
    "MET": "MSE FME MHO SME OMT",
    "PHE": "DPN PHI PHL F2F 4BF PFF MEA PF5 HPQ",
    "PRO": "DPR HYP 4HY HY3 FP9 4FB",
    "SER": "SEP 0AH DSN SAC MIS OAS SVA SVX SVY SVZ SGB SEB SET SUN DBS",
    "THR": "TPO DTH BMT ALO TMD",
    "TRP": "DTR TRO HTR TRQ TTQ TRN TRX BTR FTR 4HT",
    "TYR": "PTR TYS DTY TYQ TPQ TYI IYR PAQ STY TYT NIY OMY YOF 3YM TY2 TYC",
    "VAL": "DVA MVA NVA",
}
# Modified amino acids and the one each is treated as; gemmi's table knows some hundred more.
MODIFIED = {name: parent for parent, names in _MODIFIED_OF.items() for name in names.split()}

# Those that hold every heavy atom of their parent, so that an absent one is truly missing.
WHOLE_PARENT = _words(
    "ALY CAF CGU CME CSD CSO CSS CSX DAL DAR DAS DCY DGL DGN DHI DIL DLE DLY DPN DPR DSG DSN "
    "DTH DTR DTY DVA FME HIC HYP KCX LLP M3L MHO MLY MLZ MSE OAS OCS PTR SCY SEC SEP SMC SNC "
    "TPO TYS YCM"
)

# (residue, atom as in the file): the same atom of the parent
RENAMED_ATOMS = {("MSE", "SE"): "SD", ("SEC", "SE"): "SG", ("SEC", "SEG"): "SG"}

METALS = _words(
    "Ag Al Au Ba Be Bi Ca Cd Ce Co Cr Cs Cu Dy Er Eu Fe Ga Gd Hf Hg Ho In Ir K La Li Lu Mg Mn "
    "Mo Na Nb Nd Ni Os Pb Pd Pm Pr Pt Rb Re Rh Ru Sc Sm Sn Sr Ta Tb Tc Th Ti Tl Tm U V W Y Yb "
    "Zn Zr"
)

WATERS = _words("DIS DOD H2O HOH MTO OH2 SOL SPC SPCE TIP TIP2 TIP3 TIP4 TIP5 TP3 TP4 WAT")

NUCLEOTIDES = _words(
    "1MA 2MG 5CM 5MC 5MU 7MG 8OG A ADE C CYT DA DA3 DA5 DC DC3 DC5 DG DG3 DG5 DI DN DT DT3 DT5 "
    "DU G GUA H2U I M2G N OMC OMG PSU RA RA3 RA5 RC RC3 RC5 RG RG3 RG5 RU RU3 RU5 T THY U URA "
    "YG"
)

_ADDITIVES_OF = {
    "cryoprotectants, glycols and their oligomers": (
        "GOL EDO PEG PGE PG4 PG5 PG6 PE3 PE4 PE5 PE6 PE7 PE8 P6G 1PE 2PE 7PE 12P 15P 33O M2M "
        "PGO PGR PDO MPD MRD BU1 BU2 BU3 HEZ TOE P4G ETE P33 XPE CE1 N8E PG0 PGQ 6JZ 1BO IPA "
        "IPH MOH EOH POL TBU DIO DMF DMS DMSO BME DTT DTU DTV TCE ACN CCN ACY CXS"
    ),
    "acids, buffers and their ions": (
        "ACT FMT CIT FLC TLA TAR SRT MLI MLA MLT SIN OXL GLV CAC TRS B3P BTB EPE MES NHE MPO "
        "PIN HEPES BCN IMD TEA NH4 NH3 CO3 BCT NO3 NO2 SO4 SO3 SUL PO4 PI 2HP PO3 AZI SCN O BO3 "
        "BO4"
    ),
    "halides and noble gases": ("CL BR IOD I F FLO XE KR AR"),
    "detergents and lipids of the purification": (
        "BOG LDA LMT LMU SDS C8E C10 HTG HTO BNG JEF CPS OLC OLB DMU UMQ UND D10 D12 HP6 LI1"
    ),
    "atoms whose identity was not known": ("UNX UNL"),
}
# What the crystal was grown, frozen or phased in; no part of the protein in solution.
ADDITIVES = frozenset().union(*(_words(names) for names in _ADDITIVES_OF.values()))
